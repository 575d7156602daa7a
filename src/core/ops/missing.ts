/** Answers to "what of this do you not have?", which a sender asks before it sends. */

import { reachableCommits } from '../history/ancestry.js';
import { findNewCommits, parentsFirst } from '../history/new-commits.js';
import { OxenError } from '../model/errors.js';
import type { CommitId, Hash } from '../model/hash.js';
import type { CommitNode } from '../model/node.js';
import type { OpenRepository } from '../repository.js';
import { TreeInspection } from './tree-inspection.js';

/** Asking for more commits than this reads the whole history at once instead of one part for each. */
const fewCommits = 16;

/**
 * Returns the commits that are not completely here: absent ones, and those that no branch holds and of whose tree a node or a
 * content is absent, as after a push that was cut off.
 */
export async function findMissingCommits(
  repository: OpenRepository,
  ids: readonly Hash[],
): Promise<Hash[]> {
  const here = ids.filter((id) => isCommitStored(repository, id)) as CommitId[];
  const complete = new Set<Hash>(await completeOnes(repository, here));
  return ids.filter((id) => !complete.has(id));
}

/** Says whether a commit node is stored. */
export function isCommitStored(repository: OpenRepository, id: Hash): boolean {
  return repository.commitsStartingWith(id, 1).includes(id as CommitId);
}

async function completeOnes(
  repository: OpenRepository,
  ids: readonly CommitId[],
): Promise<CommitId[]> {
  const heads = repository.refs.listAll().map(({ commitId }) => commitId);
  const published = publishedAmong(repository, ids, heads);
  const unpublished = ids.filter((id) => !published.has(id));
  if (unpublished.length === 0) return [...ids];
  const complete: CommitId[] = ids.filter((id) => published.has(id));
  const inspection = new TreeInspection(repository);
  for (const commit of inOrder(repository, unpublished)) {
    // What is missing may be shared by later commits, whose common directories are not read again.
    if (!(await isComplete(repository, inspection, commit))) break;
    complete.push(commit.id);
  }
  return complete;
}

function publishedAmong(
  repository: OpenRepository,
  ids: readonly CommitId[],
  heads: readonly CommitId[],
): ReadonlySet<CommitId> {
  const isHead = new Set(heads);
  if (ids.every((id) => isHead.has(id))) return isHead;
  if (ids.length > fewCommits) return reachableCommits(repository, heads);
  return new Set(ids.filter((id) => findNewCommits(repository, id, heads).length === 0));
}

function inOrder(repository: OpenRepository, ids: readonly CommitId[]): CommitNode[] {
  const commits = ids.map((id) => repository.commit(id)).filter((found) => found !== undefined);
  return parentsFirst(commits.sort((a, b) => b.timestamp.seconds - a.timestamp.seconds));
}

async function isComplete(
  repository: OpenRepository,
  inspection: TreeInspection,
  { id }: CommitNode,
): Promise<boolean> {
  const tree = repository.commitTree(id);
  if (tree === undefined) return false;
  try {
    await inspection.inspect(id, tree.rootId, undefined);
  } catch (error) {
    if (!(error instanceof OxenError)) throw error;
    return false;
  }
  return inspection.isComplete;
}
