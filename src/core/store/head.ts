/**
 * `.oxen/HEAD`: what is checked out. A text file without a line end, as in real Oxen: the name of a branch, or the id of a commit when
 * no branch is checked out. An id is written with 32 digits; no branch may have such a name, so the two cannot be confused.
 */
import { join } from 'node:path';
import { IntegrityError } from '../model/errors.js';
import { type CommitId, parseHash } from '../model/hash.js';
import { readTextFile, writeFileAtomically } from './atomic-file.js';
import type { Disk } from './disk.js';
import { branchNameProblem } from './ref-names.js';

/** What HEAD says. */
export type Head =
  | { readonly kind: 'branch'; readonly branch: string }
  | { readonly kind: 'detached'; readonly commitId: CommitId };

/** The branch of a repository whose HEAD was never written. */
export const defaultBranch = 'main';

/**
 * Returns what is checked out in the repository whose `.oxen` directory is `controlDirectory`.
 * @throws IntegrityError when the file holds neither a branch name nor an id
 */
export function readHead(controlDirectory: string): Head {
  const path = headPath(controlDirectory);
  const text = readTextFile(path)?.trim() ?? defaultBranch;
  if (/^[0-9a-f]{32}$/.test(text)) {
    return { kind: 'detached', commitId: parseHash(text) as CommitId };
  }
  const problem = branchNameProblem(text);
  if (problem !== undefined) {
    throw new IntegrityError(
      `${path} is damaged: ${JSON.stringify(text.slice(0, 80))} ${problem}.`,
      { path, hint: 'Your files are as they were. Go on with: oxen checkout BRANCH' },
    );
  }
  return { kind: 'branch', branch: text };
}

/** Replaces HEAD; the new one is durable on return. A HEAD that says it already is left alone: to sync it would cost the writing of all new files. */
export function writeHead(controlDirectory: string, head: Head, disk?: Disk): void {
  const text = head.kind === 'branch' ? head.branch : head.commitId.padStart(32, '0');
  const path = headPath(controlDirectory);
  if (readTextFile(path) === text) return;
  writeFileAtomically(path, text, disk === undefined ? {} : { disk });
}

function headPath(controlDirectory: string): string {
  return join(controlDirectory, 'HEAD');
}
