/** A working tree in a temporary directory that goes when the test ends. */
import {
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Content of a file, the target of a link, or nothing for an empty directory. */
export type TreeEntry = string | Uint8Array | { readonly link: string } | null;

/** Makes a tree of `entries` (path to entry; parents are made) and returns its absolute path. */
export function workingTree(entries: Readonly<Record<string, TreeEntry>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'oxen-worktree-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, entry] of Object.entries(entries)) putEntry(root, path, entry);
  return root;
}

/** Puts one entry into the tree, with its parent directories. */
export function putEntry(root: string, path: string, entry: TreeEntry): void {
  const absolute = join(root, path);
  mkdirSync(entry === null ? absolute : dirname(absolute), { recursive: true });
  if (entry === null) return;
  if (typeof entry === 'string' || entry instanceof Uint8Array) writeFileSync(absolute, entry);
  else symlinkSync(entry.link, absolute);
}

const nobody = 65534;

/** Runs `action` as a user whom permissions bind, also where the tests run as the superuser; the tree is made theirs. */
export function withoutPrivileges<T>(root: string, action: () => T): T {
  if (process.getuid?.() !== 0) return action();
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(root, path), nobody, nobody);
  }
  lchownSync(root, nobody, nobody);
  process.seteuid?.(nobody);
  try {
    return action();
  } finally {
    process.seteuid?.(0);
  }
}
