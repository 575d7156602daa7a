/** Finds a directory in whose node or vnodes an id occurs: only for messages, so the search is bounded. */
import { childHashAt } from '../format/node-file.js';
import { walkCommits } from '../history/ancestry.js';
import { OxenError } from '../model/errors.js';
import { type CommitId, type Hash, hashToBytes } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import { type RepoPath, rootPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { requireNode } from '../tree/read.js';
import { walkTree } from '../tree/walk.js';

/** Where a node is used. */
export interface NodePlace {
  readonly path: RepoPath; // of the directory
  readonly commitId: CommitId;
}

const maxDirectories = 20_000;

/** Returns a directory of some commit that uses the node, undefined when none was found soon enough. */
export function locateNode(repository: OpenRepository, id: Hash): NodePlace | undefined {
  try {
    for (const place of directories(repository)) {
      if (usesNode(repository, place.dirId, id))
        return { path: place.path, commitId: place.commitId };
    }
  } catch (error) {
    if (!(error instanceof OxenError)) throw error;
  }
  return undefined;
}

/** Yields each directory of the history once, the newest commits first, up to `maxDirectories`. */
function* directories(repository: OpenRepository): Generator<NodePlace & { readonly dirId: Hash }> {
  const seen = new HashTable();
  const heads = repository.refs.listAll('heads/').map(({ commitId }) => commitId);
  for (const { id: commitId } of walkCommits(repository, heads)) {
    const rootId = repository.commitTree(commitId)?.rootId;
    if (rootId === undefined) return;
    for (const { path, dirId } of directoriesOf(repository, rootId)) {
      if (seen.size > maxDirectories) return;
      if (seen.add(hashToBytes(dirId)) >= 0) yield { path, dirId, commitId };
    }
  }
}

function* directoriesOf({ nodes }: OpenRepository, rootId: Hash) {
  yield { path: rootPath, dirId: rootId };
  for (const { path, entry } of walkTree(nodes, rootId, rootPath)) {
    if (entry.kind === 'dir') yield { path, dirId: entry.hash };
  }
}

function usesNode({ nodes }: OpenRepository, dirId: Hash, id: Hash): boolean {
  if (dirId === id) return true;
  const dir = requireNode(nodes, dirId, 'dir');
  for (let index = 0; index < dir.childCount; index++) {
    if (childHashAt(dir, index) === id) return true;
  }
  return false;
}
