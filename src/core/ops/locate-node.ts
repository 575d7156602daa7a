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
  const { refs, nodes } = repository;
  const seen = new HashTable();
  const uses = (dirId: Hash): boolean => {
    if (dirId === id) return true;
    if (seen.add(hashToBytes(dirId)) < 0) return false;
    const dir = requireNode(nodes, dirId, 'dir');
    for (let index = 0; index < dir.childCount; index++) {
      if (childHashAt(dir, index) === id) return true;
    }
    return false;
  };
  try {
    const heads = refs.listAll('heads/').map(({ commitId }) => commitId);
    for (const { id: commitId } of walkCommits(repository, heads)) {
      const tree = repository.commitTree(commitId);
      if (tree === undefined || seen.size > maxDirectories) return undefined;
      if (uses(tree.rootId)) return { path: rootPath, commitId };
      for (const { path, entry } of walkTree(nodes, tree.rootId, rootPath)) {
        if (entry.kind === 'dir' && uses(entry.hash)) return { path, commitId };
        if (seen.size > maxDirectories) return undefined;
      }
    }
  } catch (error) {
    if (!(error instanceof OxenError)) throw error;
  }
  return undefined;
}
