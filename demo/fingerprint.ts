/**
 * An independent witness: SHA-256 of every file of a folder, by node:crypto, without any code of oxen. Two equal
 * fingerprints mean the same files with the same bytes.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** Digest by path relative to the folder. */
export type Fingerprint = ReadonlyMap<string, string>;

const buffer = Buffer.alloc(1024 * 1024);

/** Returns the fingerprint of `folder`; `.oxen` at its top is left out. */
export function fingerprintOf(folder: string): Fingerprint {
  const digests = new Map<string, string>();
  const visit = (directory: string): void => {
    for (const entry of readdirSync(join(folder, directory), { withFileTypes: true })) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (path === '.oxen') continue;
      if (entry.isDirectory()) visit(path);
      else digests.set(path, digestOf(join(folder, path)));
    }
  };
  visit('');
  return digests;
}

/** Returns what differs, one line per path: missing, unexpected, or other bytes. */
export function differences(expected: Fingerprint, found: Fingerprint): string[] {
  const lines: string[] = [];
  for (const [path, digest] of expected) {
    if (!found.has(path)) lines.push(`missing: ${path}`);
    else if (found.get(path) !== digest) lines.push(`other bytes: ${path}`);
  }
  for (const path of found.keys()) if (!expected.has(path)) lines.push(`unexpected: ${path}`);
  return lines;
}

function digestOf(path: string): string {
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  for (;;) {
    const length = readSync(file, buffer);
    if (length === 0) break;
    hash.update(buffer.subarray(0, length));
  }
  closeSync(file);
  return hash.digest('hex');
}
