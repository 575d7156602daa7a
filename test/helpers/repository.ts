/** Repositories in temporary directories that tests can talk about: `await repository({ 'a.txt': '1' })`. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RepositoryOptions } from '../../src/api/options.js';
import { Repository } from '../../src/api/repository.js';
import type { Clock } from '../../src/core/model/clock.js';
import type { CommitNode } from '../../src/core/model/node.js';
import { InlineJobs } from '../../src/workers/inline.js';

/** The identity that tests commit with. */
export const ada = { name: 'Ada Lovelace', email: 'ada@example.com' };

/** A clock that moves on by a second every time it is looked at. */
export function steppingClock(start = 1_700_000_000): Clock {
  let seconds = start;
  return { now: () => ({ seconds: seconds++, nanoseconds: 0 }) };
}

/** Returns a new temporary directory that goes when the test is over. */
export function temporaryDirectory(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'oxen-test-')));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Writes files below `root`; `null` removes one, a path that ends in a slash makes a directory. */
export function write(
  root: string,
  files: Readonly<Record<string, string | Uint8Array | null>>,
): void {
  for (const [path, content] of Object.entries(files)) {
    const absolute = join(root, path);
    if (content === null) rmSync(absolute, { recursive: true, force: true });
    else if (path.endsWith('/')) mkdirSync(absolute, { recursive: true });
    else {
      mkdirSync(dirname(absolute), { recursive: true });
      writeFileSync(absolute, content);
    }
  }
}

/** Returns the files below `root` with their contents, without `.oxen`. */
export function read(root: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    if (path === '.oxen' || path.startsWith('.oxen/')) continue;
    if (statSync(join(root, path)).isFile()) files[path] = readFileSync(join(root, path), 'utf8');
  }
  return files;
}

/** Says whether something exists below `root`. */
export function exists(root: string, path: string): boolean {
  return existsSync(join(root, path));
}

/** Makes a repository with the given files, not yet added; it closes when the test is over. */
export async function repository(
  files: Readonly<Record<string, string | Uint8Array | null>> = {},
  options: RepositoryOptions = {},
): Promise<Repository> {
  const root = temporaryDirectory();
  write(root, files);
  const made = await Repository.init(root, {
    jobs: new InlineJobs(),
    clock: steppingClock(),
    workingDirectory: root,
    ...options,
  });
  onTestFinished(() => made.close());
  return made;
}

/** Makes a repository whose files are committed. */
export async function committed(
  files: Readonly<Record<string, string | Uint8Array | null>>,
  options: RepositoryOptions = {},
): Promise<Repository> {
  const made = await repository(files, options);
  await commitAll(made, 'first');
  return made;
}

/** Changes files, adds everything and commits. */
export async function commitAll(
  made: Repository,
  message: string,
  files: Readonly<Record<string, string | Uint8Array | null>> = {},
): Promise<CommitNode> {
  write(made.root, files);
  await made.add(['.']);
  return made.commit(message, ada);
}
