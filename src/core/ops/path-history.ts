/**
 * The commits that changed some paths, found by comparing trees; hints about the last commit play no part. Of two trees only
 * what leads to the paths is read, and of that only what differs: an id that was looked into once is not read again.
 */
import { setImmediate } from 'node:timers/promises';
import type { Hash } from '../model/hash.js';
import type { CommitNode } from '../model/node.js';
import type { RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { findEntry } from '../tree/read.js';

const commitsPerSlice = 32;

/**
 * Yields those of `commits` that changed one of the paths against each of their parents, in the order given. A parent that is not
 * here, beyond the end of a shallow clone, counts as one without the path.
 */
export async function* commitsThatChanged(
  repository: OpenRepository,
  commits: Iterable<CommitNode>,
  paths: readonly RepoPath[],
): AsyncGenerator<CommitNode> {
  const lookups = paths.map((path) => new PathLookup(repository, path));
  let count = 0;
  for (const commit of commits) {
    if (++count % commitsPerSlice === 0) await setImmediate();
    if (lookups.some((lookup) => isChanged(repository, commit, lookup))) yield commit;
  }
}

/** Returns at most `limit` of `commits` that changed `path`, in the order given. */
export async function historyOf(
  repository: OpenRepository,
  commits: Iterable<CommitNode>,
  path: RepoPath,
  limit: number,
): Promise<CommitNode[]> {
  const found: CommitNode[] = [];
  for await (const commit of commitsThatChanged(repository, commits, [path])) {
    found.push(commit);
    if (found.length >= limit) break;
  }
  return found;
}

function isChanged(
  repository: OpenRepository,
  { id, parentIds }: CommitNode,
  lookup: PathLookup,
): boolean {
  const here = lookup.at(repository.commitTree(id)?.rootId);
  if (parentIds.length === 0) return here !== undefined;
  return parentIds.every((parent) => lookup.at(repository.commitTree(parent)?.rootId) !== here);
}

/** What one path is in many trees. */
class PathLookup {
  readonly #repository: OpenRepository;
  readonly #names: readonly string[];
  readonly #known = new Map<string, Hash | undefined>(); // by depth and id of a directory: the entry further down

  constructor(repository: OpenRepository, path: RepoPath) {
    this.#repository = repository;
    this.#names = path === '' ? [] : path.split('/');
  }

  /** Returns the hash of the entry at the path below a root, undefined when there is none. */
  at(rootId: Hash | undefined): Hash | undefined {
    return rootId === undefined ? undefined : this.#below(rootId, 0);
  }

  #below(dirId: Hash, depth: number): Hash | undefined {
    const name = this.#names[depth];
    if (name === undefined) return dirId;
    const key = `${depth}/${dirId}`;
    if (this.#known.has(key)) return this.#known.get(key);
    const directory = this.#names.slice(0, depth).join('/') as RepoPath;
    const entry = findEntry(this.#repository.nodes, dirId, directory, name);
    const isLast = depth === this.#names.length - 1;
    const below = entry?.kind === 'dir' ? this.#below(entry.hash, depth + 1) : undefined;
    const found = isLast ? entry?.hash : below;
    this.#known.set(key, found);
    return found;
  }
}
