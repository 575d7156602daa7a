/**
 * Names what is lost: every path of every commit whose content or directory cannot be read. Called when something is, for it walks
 * all trees; each directory once, however many commits hold it.
 */
import { childHashAt } from '../format/node-file.js';
import { IntegrityError } from '../model/errors.js';
import { type CommitId, type Hash, hashToBytes } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import type { RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { requireNode, type TreeEntry, vnodeEntries } from '../tree/read.js';

/** What a commit has lost. */
export interface CommitLoss {
  readonly commitId: CommitId;
  readonly paths: readonly RepoPath[]; // in the order of the tree; a directory that cannot be read ends with a slash
}

/** Returns the commits of a list that have lost something. @param isLost tells which contents cannot be read */
export function findLosses(
  repository: OpenRepository,
  commitIds: Iterable<CommitId>,
  isLost: (content: Hash) => boolean,
): CommitLoss[] {
  const search = new LossSearch(repository, isLost);
  const losses: CommitLoss[] = [];
  for (const commitId of commitIds) {
    const rootId = rootOf(repository, commitId);
    const paths = rootId === undefined ? ['/'] : search.below(rootId);
    if (paths.length > 0) losses.push({ commitId, paths: paths as RepoPath[] });
  }
  return losses;
}

/** Returns the root of a commit, undefined when the commit cannot be read. */
function rootOf(repository: OpenRepository, id: CommitId): Hash | undefined {
  try {
    return repository.commitTree(id)?.rootId;
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
}

class LossSearch {
  readonly #repository: OpenRepository;
  readonly #isLost: (content: Hash) => boolean;
  readonly #whole = new HashTable(); // directories that have lost nothing
  readonly #broken = new Map<Hash, readonly string[]>(); // what the others have lost, paths from there

  constructor(repository: OpenRepository, isLost: (content: Hash) => boolean) {
    this.#repository = repository;
    this.#isLost = isLost;
  }

  /** Returns what is lost at or below a directory, as paths from there; `/` stands for the directory itself. */
  below(id: Hash): readonly string[] {
    if (this.#whole.find(hashToBytes(id)) >= 0) return [];
    const known = this.#broken.get(id);
    if (known !== undefined) return known;
    const lost = this.#entries(id)?.flatMap((entry) => this.#lostOf(entry)) ?? ['/'];
    if (lost.length === 0) this.#whole.add(hashToBytes(id));
    else this.#broken.set(id, lost);
    return lost;
  }

  #lostOf(entry: TreeEntry): readonly string[] {
    if (entry.kind === 'file') return this.#isLost(entry.hash) ? [entry.name] : [];
    return this.below(entry.hash).map((path) =>
      path === '/' ? `${entry.name}/` : `${entry.name}/${path}`,
    );
  }

  /** Returns the entries of a directory, undefined when it cannot be read. */
  #entries(id: Hash): TreeEntry[] | undefined {
    const { nodes } = this.#repository;
    try {
      const dir = requireNode(nodes, id, 'dir');
      const buckets = Array.from({ length: dir.childCount }, (_, bucket) =>
        requireNode(nodes, childHashAt(dir, bucket), 'vnode'),
      );
      return buckets.flatMap(vnodeEntries);
    } catch (error) {
      if (error instanceof IntegrityError) return undefined;
      throw error;
    }
  }
}
