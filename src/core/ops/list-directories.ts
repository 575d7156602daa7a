/**
 * Lists all directories of a commit with their ids: what stock clients keep for each commit and we make when they ask for it.
 */
import { setImmediate } from 'node:timers/promises';
import { childHashAt } from '../format/node-file.js';
import type { Hash } from '../model/hash.js';
import { joinPath, type RepoPath, rootPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { requireNode } from '../tree/read.js';
import { subdirectoriesIn } from './send-nodes.js';

/** A directory and the id of its node. */
export interface ListedDirectory {
  readonly path: RepoPath;
  readonly hash: Hash;
}

const directoriesPerSlice = 256;

/** Yields the root and every directory below it. @throws IntegrityError when a node is missing or damaged */
export async function* listDirectories(
  repository: OpenRepository,
  rootId: Hash,
): AsyncGenerator<ListedDirectory> {
  const pending: ListedDirectory[] = [{ path: rootPath, hash: rootId }];
  let count = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield next;
    if (++count % directoriesPerSlice === 0) await setImmediate();
    const dir = requireNode(repository.nodes, next.hash, 'dir');
    for (let bucket = 0; bucket < dir.childCount; bucket++) {
      const vnode = requireNode(repository.nodes, childHashAt(dir, bucket), 'vnode');
      for (const [name, hash] of subdirectoriesIn([vnode])) {
        pending.push({ path: joinPath(next.path, name), hash });
      }
    }
  }
}
