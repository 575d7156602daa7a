/** Branches: listing, making, moving, renaming and deleting them. None of it touches the working tree. */
import { isAncestor } from '../history/ancestry.js';
import { ConflictError, InvalidInputError, NotFoundError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import type { OpenRepository } from '../repository.js';
import { branchRef, withoutPrefix } from '../store/ref-names.js';
import type { RefChange } from '../store/refs.js';

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
): void {
  const ref = branchRef(name);
  if (commitId === undefined) {
    throw new NotFoundError('HEAD not found.', {
      hint: 'Make a first commit: oxen add . && oxen commit -m "message"',
    });
  }
  if (repository.refs.read(ref) !== undefined)
    throw new ConflictError(`Branch already exists: ${name}`);
  move(repository, name, undefined, commitId);
}

/**
 * Points a branch, which is made when there is none, to `commitId`. The checked-out branch may be moved too: the working
 * tree stays as it is and status shows the difference.
 * @throws InvalidInputError for a bad name; NotFoundError when the commit is not here
 */
export function forceBranch(repository: OpenRepository, name: string, commitId: CommitId): void {
  if (repository.commit(commitId) === undefined)
    throw new NotFoundError(`Commit not found: ${commitId}`);
  move(repository, name, 'any', commitId);
}

/**
 * Deletes a branch and returns the commit it pointed to.
 * @throws ConflictError when it is checked out, or holds commits that no other branch has and `force` is not set
 * @throws NotFoundError when there is none
 */
export function deleteBranch(repository: OpenRepository, name: string, force: boolean): CommitId {
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
  move(repository, name, commitId, undefined);
  return commitId;
}

/**
 * Renames a branch; HEAD follows when it is checked out.
 * @throws NotFoundError when there is none; ConflictError when the new name is taken
 */
export function renameBranch(repository: OpenRepository, from: string, to: string): void {
  const head = repository.head();
  const isCurrent = head.kind === 'branch' && head.branch === from;
  const commitId = repository.refs.read(branchRef(from));
  if (commitId === undefined && !isCurrent) throw new NotFoundError(`Branch '${from}' not found`);
  if (repository.refs.read(branchRef(to)) !== undefined)
    throw new ConflictError(`Branch already exists: ${to}`);
  if (isCurrent) repository.writeHead({ kind: 'branch', branch: to });
  if (commitId === undefined) return;
  repository.environment.transaction(() => {
    move(repository, to, undefined, commitId);
    move(repository, from, commitId, undefined);
  });
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
  const others = repository.refs
    .listAll()
    .filter((ref) => ref.name !== branchRef(name))
    .map((ref) => ref.commitId);
  const head = repository.headCommitId();
  if (head !== undefined) others.unshift(head);
  return others.some((other) => isAncestor(repository, commitId, other));
}

/**
 * Makes a change of a reference. The commit must be here in the transaction that names it: gc may have taken it since it was looked up.
 * @throws NotFoundError when it is not; ConflictError when the reference moved
 */
export function moveReference(repository: OpenRepository, change: RefChange): void {
  const { environment, nodes, refs } = repository;
  environment.transaction(() => {
    if (change.next !== undefined && !nodes.has(change.next)) {
      throw new NotFoundError(`Commit not found: ${change.next}`);
    }
    refs.compareAndSwap(change);
  });
}

function move(
  repository: OpenRepository,
  name: string,
  expected: CommitId | undefined | 'any',
  next: CommitId | undefined,
): void {
  if (name === '') throw new InvalidInputError('A branch needs a name.');
  moveReference(repository, { name: branchRef(name), expected, next });
}
