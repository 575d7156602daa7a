/**
 * Looks at what a fetch has brought before a reference points to it: every commit with its whole tree must be here, and what
 * claims to be made by our rule must be. Parts that were here before are not read again. A history may have an end on the
 * server too; then the commits behind it are named, so that they can be noted as absent on purpose.
 */
import { commitIdOf } from '../format/commit-id.js';
import { findNewCommits, parentsFirst } from '../history/new-commits.js';
import { IntegrityError } from '../model/errors.js';
import { type CommitId, type Hash, hashToBytes } from '../model/hash.js';
import type { CommitNode } from '../model/node.js';
import type { OpenRepository } from '../repository.js';
import { judgeDir, misplacedEntry } from '../tree/node-rules.js';
import { type InspectedDirectory, TreeInspection } from './tree-inspection.js';

/** The new part of a history. */
export interface ArrivedHistory {
  readonly commits: readonly CommitNode[]; // parents before their children
  readonly absentParents: readonly CommitId[]; // that are not here and not known to be absent
  readonly ownNodes: readonly Hash[]; // directories and vnodes that are made by our rule
}

/** Nothing has arrived. */
export const nothingArrived: ArrivedHistory = { commits: [], absentParents: [], ownNodes: [] };

/**
 * Returns what can be reached from `head` and not from `known`, after reading every directory of it.
 * @param known commits whose trees are whole
 * @throws IntegrityError when a commit, directory or vnode is missing, damaged, or not what its id says
 */
export async function inspectArrived(
  repository: OpenRepository,
  head: CommitId,
  known: readonly CommitId[],
): Promise<ArrivedHistory> {
  const here = known.filter((id) => repository.commit(id) !== undefined);
  const commits = parentsFirst(findNewCommits(repository, head, here));
  const absentParents = new Set<CommitId>();
  const vouching = new Set<CommitId>(); // commits whose ids cover their trees
  const ownNodes = new Set<Hash>();
  const inspection = new TreeInspection(repository, (directory) => {
    if (vouching.has(directory.commitId)) addOwn(repository, directory, ownNodes);
    else requireFindable(directory);
  });
  for (const { id, parentIds } of commits) {
    const tree = repository.commitTree(id);
    if (tree === undefined) continue;
    if (commitIdOf(tree.commit, tree.rootId) === id) vouching.add(id);
    const [parent] = parentIds;
    const base = parent === undefined ? undefined : repository.commitTree(parent)?.rootId;
    await inspection.inspect(id, tree.rootId, base);
    for (const id of parentIds) if (isUnknown(repository, id)) absentParents.add(id);
  }
  if (commits.length === 0 && repository.commit(head) === undefined) {
    throw new IntegrityError(`The server did not send commit ${head}.`);
  }
  if (inspection.missingNodeCount > 0) {
    const count = inspection.missingNodeCount;
    throw new IntegrityError(`The server left out ${count} nodes of the history of ${head}.`);
  }
  return { commits, absentParents: [...absentParents], ownNodes: [...ownNodes] };
}

function isUnknown(repository: OpenRepository, id: CommitId): boolean {
  return repository.commit(id) === undefined && !repository.isShallow(id);
}

function addOwn(
  repository: OpenRepository,
  { path, id, dir, vnodeIds, vnodes, commitId }: InspectedDirectory,
  own: Set<Hash>,
): void {
  if (!repository.nodes.isForeign(id)) return;
  const { problem } = judgeDir(path, hashToBytes(id), dir, vnodes);
  if (problem !== undefined) {
    throw new IntegrityError(
      `The directory '${path}' of commit ${commitId} is not what its id says: ${problem}.`,
      { path },
    );
  }
  own.add(id);
  for (const vnodeId of vnodeIds) own.add(vnodeId);
}

function requireFindable({ path, vnodes, commitId }: InspectedDirectory): void {
  if (vnodes.length < 2) return;
  for (const [bucket, vnode] of vnodes.entries()) {
    const name = misplacedEntry(path, vnode, bucket, vnodes.length);
    if (name === undefined) continue;
    throw new IntegrityError(
      `The entry ${JSON.stringify(name)} of the directory '${path}' of commit ${commitId} is out of place.`,
      { path },
    );
  }
}
