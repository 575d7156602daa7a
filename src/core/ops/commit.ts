/**
 * The verb `commit`: the staging area becomes a tree, the tree a commit, and the branch moves to it. Nodes are stored
 * before the commit that names them; the last transaction holds the commit, the move of the branch and the emptied
 * staging area, so that a crash leaves either the old state or the new one.
 */
import { commitIdOf } from '../format/commit-id.js';
import { encodeCommit } from '../format/node-codec.js';
import { assembleNode, ChildList } from '../format/node-file.js';
import { ConflictError, InvalidInputError, OperationError } from '../model/errors.js';
import { type CommitId, type Hash, hashToBytes, zeroHash } from '../model/hash.js';
import { type CommitNode, nodeTypes } from '../model/node.js';
import type { OpenRepository } from '../repository.js';
import type { Head } from '../store/head.js';
import { acquireLock } from '../store/locks.js';
import { branchRef } from '../store/ref-names.js';
import { moveReference } from './branch.js';
import { computeIds, writeNodes } from './build-tree.js';
import { requireNoCheckout, writeCheckoutState } from './checkout-state.js';
import type { OperationContext } from './context.js';
import {
  type MergeState,
  readMergeState,
  requireWholeMerge,
  writeMergeState,
} from './merge-state.js';
import { logOperation, type Operation, summaryOfMessage } from './operation-log.js';
import { heldPaths } from './partial-contents.js';

import { ensureFileIndexCurrent } from './reconcile.js';
import { TreeChange } from './tree-change.js';
import { WriteSession } from './write-session.js';

/** Who commits. */
export interface Identity {
  readonly name: string;
  readonly email: string;
}

/** Settings of `commit`. */
export interface CommitOptions {
  readonly allowEmpty?: boolean; // commit although nothing is staged
  readonly log?: Pick<Operation, 'verb' | 'summary' | 'files'>; // how the operation log calls it; as a commit when absent
}

/**
 * Commits what is staged and returns the new commit.
 * @throws OperationError `No changes to commit` when nothing is staged and `allowEmpty` is not set
 * @throws ConflictError when the branch moved since the working tree was made from it, or a merge or checkout is unfinished
 */
export async function commit(
  repository: OpenRepository,
  message: string,
  identity: Identity,
  context: OperationContext,
  options: CommitOptions = {},
): Promise<CommitNode> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  return await commitLocked(repository, message, identity, context, options);
}

/** `commit` for a verb that holds the worktree lock already. */
export async function commitLocked(
  repository: OpenRepository,
  message: string,
  identity: Identity,
  context: OperationContext,
  options: CommitOptions = {},
): Promise<CommitNode> {
  ensureFileIndexCurrent(repository);
  requireNoCheckout(repository);
  const merging = readMergeState(repository);
  requireWholeMerge(merging);
  if (merging !== undefined) requireResolved(merging);
  const allowEmpty = options.allowEmpty === true || merging !== undefined;
  const head = repository.head();
  const base = repository.headTree();
  requireUnmoved(repository, base?.commit.id);
  const isNothingStaged = repository.staging.isEmpty();
  if (isNothingStaged && !allowEmpty) throw nothingToCommit();
  if (message.includes('\0')) throw new InvalidInputError('A commit message cannot hold NUL.');

  const translate = base !== undefined && repository.nodes.isForeign(base.rootId);
  const change = new TreeChange(repository.nodes, repository.staging, base?.rootId, translate);
  const rootId = await computeIds(change, context);
  if (rootId === base?.rootId && !allowEmpty) throw nothingToCommit();

  const fields = {
    parentIds: parentIdsOf(base?.commit.id, merging),
    message,
    author: identity.name,
    email: identity.email,
    timestamp: context.clock.now(),
  };
  const node: CommitNode = { id: commitIdOf(fields, rootId), ...fields };
  if (repository.commit(node.id) !== undefined) {
    throw new ConflictError(`The commit ${node.id} exists already.`, {
      hint: 'The same commit was made within this second. Wait a moment and run the command again.',
    });
  }
  const next: Head = head.kind === 'branch' ? head : { kind: 'detached', commitId: node.id };
  using session = await WriteSession.open(repository);
  const rootPayload = await writeNodes(repository, change, node.id, session, context);
  await session.save(() => {
    repository.nodes.put(node.id, commitBlobs(node, rootId, rootPayload));
    const moved = moveHead(repository, head, base?.commit.id, node.id);
    if (next.kind === 'detached') {
      // HEAD is a file: until it is written, the commit stands there as a checkout that is to be finished.
      const state = { from: base?.commit.id, to: node.id, fromHead: head, toHead: next };
      writeCheckoutState(repository, state);
    }
    logOperation(repository, { ...moved, ...logOf(message, merging, options) }, context.clock);
    repository.staging.clear();
    writeMergeState(repository, undefined);
    repository.fileIndex.setRoot(rootId);
    for (const path of change.emptyDirectories.filter(heldPaths(repository)))
      repository.fileIndex.addEmptyDirectory(path);
  });
  repository.writeHead(next);
  if (next.kind === 'detached') {
    repository.environment.transaction(() => writeCheckoutState(repository, undefined));
  }
  return node;
}

/** Returns the blobs of a commit node. */
export function commitBlobs(node: CommitNode, rootId: Hash, rootPayload: Uint8Array) {
  const children = new ChildList();
  children.add(nodeTypes.dir, hashToBytes(rootId), 0, rootPayload.length);
  const parentId = hashToBytes(node.parentIds[0] ?? zeroHash);
  return {
    node: assembleNode(nodeTypes.commit, parentId, encodeCommit(node), children),
    children: rootPayload,
  };
}

/** The branch committed on comes first, always; a merged commit second. */
function parentIdsOf(headId: CommitId | undefined, merging: MergeState | undefined): CommitId[] {
  const parents = headId === undefined ? [] : [headId];
  return merging === undefined ? parents : [...parents, merging.commitId];
}

function requireResolved({ conflicts }: MergeState): void {
  if (conflicts.length === 0) return;
  const list = conflicts
    .slice(0, 20)
    .map(({ path, kind }) => `\n  ${kind}: ${path}`)
    .join('');
  throw new ConflictError(`The merge has unresolved conflicts:${list}`, {
    hint: 'Edit the files, then mark them as resolved with oxen add, or take it back: oxen merge --abort',
  });
}

function requireUnmoved(repository: OpenRepository, headId: CommitId | undefined): void {
  const checkedOut = repository.checkedOutCommit();
  if (checkedOut === headId) return;
  throw new ConflictError('The branch moved since this working tree was made from it.', {
    hint: 'Keep your files, take over the new state with: oxen checkout --force HEAD',
  });
}

function moveHead(
  repository: OpenRepository,
  head: Head,
  from: CommitId | undefined,
  to: CommitId,
): Pick<Operation, 'refs' | 'head'> {
  repository.setCheckedOutCommit(to);
  if (head.kind === 'detached') {
    return { refs: [], head: { before: head, after: { kind: 'detached', commitId: to } } };
  }
  const change = { name: branchRef(head.branch), expected: from, next: to };
  return { refs: [moveReference(repository, change)] };
}

/** What the log says about a commit; one that concluded a merge needs the merge to be made again. */
function logOf(
  message: string,
  merging: MergeState | undefined,
  { log }: CommitOptions,
): Pick<Operation, 'verb' | 'summary' | 'files' | 'merge'> {
  if (log !== undefined) return log;
  const before = merging && { commitId: merging.commitId, message: merging.message };
  const summary = summaryOfMessage(message);
  return { verb: 'commit', summary, files: 'staged', ...(before && { merge: { before } }) };
}

function nothingToCommit(): OperationError {
  return new OperationError('No changes to commit', { hint: 'Stage some first: oxen add <path>' });
}
