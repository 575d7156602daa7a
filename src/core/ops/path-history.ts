/** The commits that changed one path, found by comparing trees; hints about the last commit play no part. */
import { setImmediate } from 'node:timers/promises';
import { walkCommits } from '../history/ancestry.js';
import type { CommitId, Hash } from '../model/hash.js';
import type { CommitNode } from '../model/node.js';
import type { RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { lookupPath } from '../tree/read.js';

const commitsPerSlice = 32;

/** Returns at most `limit` commits before and with `head` that changed `path` against each of their parents, youngest first. */
export async function historyOf(
  repository: OpenRepository,
  head: CommitId,
  path: RepoPath,
  limit: number,
): Promise<CommitNode[]> {
  const found: CommitNode[] = [];
  const known = new Map<CommitId, Hash | undefined>();
  let count = 0;
  for (const commit of walkCommits(repository, [head])) {
    if (++count % commitsPerSlice === 0) await setImmediate();
    const here = hashAt(repository, commit.id, path, known);
    const parents = commit.parentIds.map((id) => hashAt(repository, id, path, known));
    const isChanged = parents.length === 0 ? here !== undefined : !parents.includes(here);
    if (isChanged) found.push(commit);
    if (found.length >= limit) break;
  }
  return found;
}

function hashAt(
  repository: OpenRepository,
  id: CommitId,
  path: RepoPath,
  known: Map<CommitId, Hash | undefined>,
): Hash | undefined {
  if (known.has(id)) return known.get(id);
  const tree = repository.commitTree(id);
  const entry = tree === undefined ? undefined : lookupPath(repository.nodes, tree.rootId, path);
  known.set(id, entry?.hash);
  return entry?.hash;
}
