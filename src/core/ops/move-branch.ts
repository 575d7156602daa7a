/**
 * Moves a branch to a commit that was sent: the only way in which what others send becomes part of a repository. The move is
 * compare-and-swap on the present head; everything that the commit adds must be here and be well formed; hints that
 * name absent commits are repaired in the same transaction; it is durable when the promise resolves.
 */
import { commitIdOf } from '../format/commit-id.js';
import { isAncestor } from '../history/ancestry.js';
import { findNewCommits, parentsFirst } from '../history/new-commits.js';
import { ConflictError, InvalidInputError, NotFoundError } from '../model/errors.js';
import { type CommitId, type Hash, hashToBytes } from '../model/hash.js';
import type { NodeBlobs } from '../model/node.js';
import type { OpenRepository } from '../repository.js';
import type { PackLender } from '../store/pack-allocator.js';
import { branchRef } from '../store/ref-names.js';
import { judgeDir, misplacedEntry } from '../tree/node-rules.js';
import { repairHints } from './repair-hints.js';
import { type InspectedDirectory, TreeInspection } from './tree-inspection.js';

/** Where a branch is to go. */
export interface BranchTarget {
  readonly branch: string;
  readonly commitId: CommitId;
  /** Where it must be now; undefined: it must not exist; `any`: wherever it is, if the move is a fast-forward. */
  readonly expected: CommitId | undefined | 'any';
}

/** Settings of `moveBranch`. */
export interface MoveBranchOptions {
  readonly allowPlainForce?: boolean; // `any` also takes moves that are no fast-forward
}

/** The branch is not where the sender thinks it is. */
export class BranchMovedError extends ConflictError {
  readonly branch: string;
  readonly expectedAt: string;
  readonly foundAt: string;

  constructor(branch: string, expectedAt: string, foundAt: string) {
    super(`The branch '${branch}' was expected at ${expectedAt} and is at ${foundAt}.`, {
      hint: `Fetch what is new first: oxen pull origin ${branch}`,
    });
    this.branch = branch;
    this.expectedAt = expectedAt;
    this.foundAt = foundAt;
  }
}

/** A commit names nodes or contents that are not here. */
export class IncompleteCommitError extends InvalidInputError {
  readonly missingNodeCount: number;
  readonly missingContentCount: number;

  constructor(commitId: CommitId, missingNodeCount: number, missingContentCount: number) {
    super(
      `The commit ${commitId} is not complete: ${missingNodeCount} nodes and ${missingContentCount} contents are missing.`,
    );
    this.missingNodeCount = missingNodeCount;
    this.missingContentCount = missingContentCount;
  }
}

/** What the transaction that moves the branch changes in nodes. */
interface NodeChanges {
  readonly repaired: Map<Hash, NodeBlobs>;
  readonly ours: Set<Hash>;
}

/**
 * Moves or makes a branch.
 * @throws InvalidInputError for a bad name, or when a new directory breaks a rule; NotFoundError when the commit is not here
 * @throws IncompleteCommitError when something that the commit adds is missing
 * @throws BranchMovedError when the branch is elsewhere, or a plain move is no fast-forward
 * @throws ConflictError when the branch is checked out in a working tree
 */
export async function moveBranch(
  repository: OpenRepository,
  packs: PackLender,
  target: BranchTarget,
  options: MoveBranchOptions = {},
): Promise<void> {
  const { branch, commitId } = target;
  const name = branchRef(branch);
  repository.environment.refresh();
  const current = repository.refs.read(name);
  if (repository.commit(commitId) === undefined) {
    throw new NotFoundError(`Revision not found: ${commitId}`);
  }
  requireExpected(repository, target, current, options);
  requireNotCheckedOut(repository, branch);
  const changes = await inspectNewCommits(repository, commitId);
  await packs.commit(() => {
    const found = repository.refs.read(name);
    if (found !== current) throw new BranchMovedError(branch, placeOf(current), placeOf(found));
    for (const [id, blobs] of changes.repaired) {
      const origin = repository.nodes.origin(id) ?? 'foreign';
      repository.nodes.put(id, blobs, { origin, onConflict: () => 'replace' });
    }
    for (const id of changes.ours) repository.nodes.setOrigin(id, 'ours');
    repository.refs.compareAndSwap({ name, expected: current, next: commitId });
  });
}

function requireExpected(
  repository: OpenRepository,
  { branch, commitId, expected }: BranchTarget,
  current: CommitId | undefined,
  options: MoveBranchOptions,
): void {
  if (expected !== 'any') {
    if (expected === current) return;
    throw new BranchMovedError(branch, placeOf(expected), placeOf(current));
  }
  if (current === undefined || options.allowPlainForce === true) return;
  if (isAncestor(repository, current, commitId)) return;
  throw new BranchMovedError(branch, 'an ancestor of what was sent', current);
}

function requireNotCheckedOut(repository: OpenRepository, branch: string): void {
  if (repository.engineConfig().isBare) return;
  const head = repository.head();
  if (head.kind !== 'branch' || head.branch !== branch) return;
  throw new ConflictError(
    `The branch '${branch}' is checked out in the repository that is served.`,
    { hint: 'Push to another branch, or check out another one there.' },
  );
}

/** Looks through everything that a commit adds to what the branches have. */
async function inspectNewCommits(
  repository: OpenRepository,
  commitId: CommitId,
): Promise<NodeChanges> {
  const heads = repository.refs.listAll().map((ref) => ref.commitId);
  const commits = parentsFirst(findNewCommits(repository, commitId, heads));
  const changes: NodeChanges = { repaired: new Map(), ours: new Set() };
  const arrived = new Set<Hash>(commits.map(({ id }) => id));
  const isHere = (id: Hash): boolean => arrived.has(id) || isStoredCommit(repository, id);
  const mustBeOurs = new Set<CommitId>();
  const inspection = new TreeInspection(repository, (directory) => {
    checkLayout(directory);
    if (mustBeOurs.has(directory.commitId)) noteOurs(repository, directory, changes.ours);
    noteRepairs(directory, isHere, changes.repaired);
  });
  for (const commit of commits) {
    const tree = repository.commitTree(commit.id);
    if (tree === undefined) continue;
    if (commitIdOf(tree.commit, tree.rootId) === commit.id) mustBeOurs.add(commit.id);
    const parent = tree.commit.parentIds[0];
    const base = parent === undefined ? undefined : repository.commitTree(parent)?.rootId;
    await inspection.inspect(commit.id, tree.rootId, base);
  }
  if (inspection.isComplete) return changes;
  const { missingNodeCount, missingContentCount } = inspection;
  throw new IncompleteCommitError(commitId, missingNodeCount, missingContentCount);
}

function checkLayout({ path, vnodes }: InspectedDirectory): void {
  if (vnodes.length < 2) return;
  for (const [bucket, vnode] of vnodes.entries()) {
    const name = misplacedEntry(path, vnode, bucket, vnodes.length);
    if (name === undefined) continue;
    throw new InvalidInputError(
      `The entry ${JSON.stringify(name)} of the directory '${path}' is out of place: nobody could find it by its path.`,
    );
  }
}

/** A commit whose id covers its tree vouches for every directory of it: each must follow our rule. */
function noteOurs(
  repository: OpenRepository,
  { path, id, dir, vnodeIds, vnodes, commitId }: InspectedDirectory,
  ours: Set<Hash>,
): void {
  if (!repository.nodes.isForeign(id)) return;
  const { problem } = judgeDir(path, hashToBytes(id), dir, vnodes);
  if (problem !== undefined) {
    throw new InvalidInputError(
      `The directory '${path}' of commit ${commitId} is not what its id says: ${problem}.`,
    );
  }
  ours.add(id);
  for (const vnodeId of vnodeIds) ours.add(vnodeId);
}

function noteRepairs(
  { vnodeIds, vnodes, commitId }: InspectedDirectory,
  isHere: (id: Hash) => boolean,
  repaired: Map<Hash, NodeBlobs>,
): void {
  for (const [index, vnode] of vnodes.entries()) {
    const id = vnodeIds[index];
    const blobs = repairHints(vnode, commitId, isHere);
    if (id !== undefined && blobs !== undefined) repaired.set(id, blobs);
  }
}

function isStoredCommit(repository: OpenRepository, id: Hash): boolean {
  return repository.commitsStartingWith(id, 1).includes(id as CommitId);
}

function placeOf(commitId: CommitId | undefined): string {
  return commitId ?? 'no commit';
}
