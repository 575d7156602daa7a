/** Branches: listing, making, moving, renaming and deleting them. None of it touches the working tree. */
import { isAncestor } from '../history/ancestry.js';
import type { Clock } from '../model/clock.js';
import { ConflictError, InvalidInputError, NotFoundError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import type { OpenRepository } from '../repository.js';
import { branchRef, withoutPrefix } from '../store/ref-names.js';
import type { RefChange } from '../store/refs.js';
import { logOperation, type MovedRef } from './operation-log.js';

/** A branch as a listing shows it. */
export interface BranchInfo {
  readonly name: string;
  readonly commitId: CommitId | undefined; // undefined: the checked-out branch has no commit yet
  readonly isCurrent: boolean;
}

/** A branch of a remote as it was last seen. */
export interface RemoteBranchInfo {
  readonly remote: string;
  readonly name: string;
  readonly commitId: CommitId;
}

/** Returns the local branches, ascending by name; the checked-out one is among them even before its first commit. */
export function listBranches(repository: OpenRepository): BranchInfo[] {
  const head = repository.head();
  const current = head.kind === 'branch' ? head.branch : undefined;
  const branches: BranchInfo[] = repository.refs.listAll('heads/').map(({ name, commitId }) => {
    const branch = withoutPrefix(name, 'heads/');
    return { name: branch, commitId, isCurrent: branch === current };
  });
  if (current !== undefined && !branches.some(({ isCurrent }) => isCurrent)) {
    branches.push({ name: current, commitId: undefined, isCurrent: true });
    branches.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  return branches;
}

/** Returns the branches of remotes as they were last seen, ascending by name. */
export function listRemoteBranches(repository: OpenRepository): RemoteBranchInfo[] {
  return repository.refs.listAll('remotes/').map(({ name, commitId }) => {
    const rest = withoutPrefix(name, 'remotes/');
    const slash = rest.indexOf('/');
    return { remote: rest.slice(0, slash), name: rest.slice(slash + 1), commitId };
  });
}

/**
 * Makes a branch that points to `commitId`.
 * @throws InvalidInputError for a bad name; ConflictError when there is one of this name; NotFoundError without a commit
 */
export function createBranch(
  repository: OpenRepository,
  name: string,
  commitId: CommitId | undefined,
  clock: Clock,
): void {
  if (commitId === undefined) {
    throw new NotFoundError('HEAD not found.', {
      hint: 'Make a first commit: oxen add . && oxen commit -m "message"',
    });
  }
  requireFreeName(repository, name);
  move(repository, name, undefined, commitId, clock);
}

/**
 * Points a branch, which is made when there is none, to `commitId`. The checked-out branch may be moved too: the working
 * tree stays as it is and status shows the difference.
 * @throws InvalidInputError for a bad name; NotFoundError when the commit is not here
 */
export function forceBranch(
  repository: OpenRepository,
  name: string,
  commitId: CommitId,
  clock: Clock,
): void {
  if (repository.commit(commitId) === undefined)
    throw new NotFoundError(`Commit not found: ${commitId}`);
  move(repository, name, 'any', commitId, clock);
}

/**
 * Deletes a branch and returns the commit it pointed to.
 * @throws ConflictError when it is checked out, or holds commits that no other branch has and `force` is not set
 * @throws NotFoundError when there is none
 */
export function deleteBranch(
  repository: OpenRepository,
  name: string,
  force: boolean,
  clock: Clock,
): CommitId {
  const commitId = requireBranch(repository, name);
  const head = repository.head();
  if (head.kind === 'branch' && head.branch === name) {
    throw new ConflictError(`Cannot delete current checked out branch '${name}'`, {
      hint: 'Check out another one first: oxen checkout <branch>',
    });
  }
  if (!force && !isMerged(repository, name, commitId)) {
    throw new ConflictError(`The branch '${name}' is not fully merged.`, {
      hint: `If you are sure you want to delete it, run: oxen branch -D ${name}`,
    });
  }
  move(repository, name, commitId, undefined, clock);
  return commitId;
}

/**
 * Renames a branch; HEAD follows when it is checked out.
 * @throws NotFoundError when there is none; ConflictError when the new name is taken
 */
export function renameBranch(
  repository: OpenRepository,
  from: string,
  to: string,
  clock: Clock,
): void {
  const head = repository.head();
  const isCurrent = head.kind === 'branch' && head.branch === from;
  const commitId = repository.refs.read(branchRef(from));
  if (commitId === undefined && !isCurrent) throw new NotFoundError(`Branch '${from}' not found`);
  requireFreeName(repository, to);
  const after = { kind: 'branch', branch: to } as const;
  if (commitId === undefined) {
    repository.writeHead(after);
    return;
  }
  // HEAD is a file: it changes while both names are there, so that it never names a branch that is not.
  const change = { name: branchRef(to), expected: undefined, next: commitId };
  const made = moveReference(repository, change);
  if (isCurrent) repository.writeHead(after);
  repository.environment.transaction(() => {
    const refs = [
      made,
      moveReference(repository, { name: branchRef(from), expected: commitId, next: undefined }),
    ];
    const summary = `-m ${from} ${to}`;
    const moved = isCurrent ? { head: { before: head, after } } : {};
    logOperation(repository, { verb: 'branch', summary, refs, ...moved, files: 'none' }, clock);
  });
}

/** @throws InvalidInputError for a bad name; ConflictError when there is a branch of this name */
export function requireFreeName(repository: OpenRepository, name: string): void {
  if (repository.refs.read(branchRef(name)) === undefined) return;
  throw new ConflictError(`Branch already exists: ${name}`);
}

/** Returns the commit of a branch. @throws NotFoundError when there is no such branch */
export function requireBranch(repository: OpenRepository, name: string): CommitId {
  const commitId = repository.refs.read(branchRef(name));
  if (commitId !== undefined) return commitId;
  throw new NotFoundError(`Branch '${name}' not found`, {
    hint: 'See which there are: oxen branch -a',
  });
}

function isMerged(repository: OpenRepository, name: string, commitId: CommitId): boolean {
  const others = ['heads/', 'remotes/', 'tags/']
    .flatMap((prefix) => repository.refs.listAll(prefix))
    .filter((ref) => ref.name !== branchRef(name))
    .map((ref) => ref.commitId);
  const head = repository.headCommitId();
  if (head !== undefined) others.unshift(head);
  return others.some((other) => isAncestor(repository, commitId, other));
}

/**
 * Makes a change of a reference and returns it. The commit must be here in the transaction that names it: gc may have taken it since it
 * was looked up.
 * @throws NotFoundError when it is not; ConflictError when the reference moved
 */
export function moveReference(repository: OpenRepository, change: RefChange): MovedRef {
  const { environment, nodes, refs } = repository;
  return environment.transaction(() => {
    if (change.next !== undefined && !nodes.has(change.next)) {
      throw new NotFoundError(`Commit not found: ${change.next}`);
    }
    const before = refs.readFor(change) ?? null;
    refs.compareAndSwap(change);
    return { name: change.name, before, after: change.next ?? null };
  });
}

/** `moveReference`, with an entry in the operation log. */
export function moveReferenceLogged(
  repository: OpenRepository,
  change: RefChange,
  { verb, summary }: { readonly verb: string; readonly summary: string },
  clock: Clock,
): void {
  repository.environment.transaction(() => {
    const moved = moveReference(repository, change);
    const refs = moved.before === moved.after ? [] : [moved];
    logOperation(repository, { verb, summary, refs, files: 'none' }, clock);
  });
}

function move(
  repository: OpenRepository,
  name: string,
  expected: CommitId | undefined | 'any',
  next: CommitId | undefined,
  clock: Clock,
): void {
  if (name === '') throw new InvalidInputError('A branch needs a name.');
  const option = expected === 'any' ? '-f ' : next === undefined ? '-D ' : '';
  const change = { name: branchRef(name), expected, next };
  moveReferenceLogged(repository, change, { verb: 'branch', summary: option + name }, clock);
}
