/**
 * Which contents something needs, and where. Of each content `fsck` keeps its hash, and in a repository that may lack some whether it must
 * be here: paths would be the larger part of its memory. Only for contents that turn out to be lost their places are looked up.
 */
import { EntryPeek, peekedName } from '../format/entry-peek.js';
import { childHashOffset, type NodeView, peekChild } from '../format/node-file.js';
import { type StagedRun, stagedKinds, stagedStatuses } from '../format/staged-run.js';
import { OxenError } from '../model/errors.js';
import { type CommitId, hashBytesLength } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import { joinPath, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { type DirectoryVisitor, DirectoryWalk, type MetDirectory } from './directory-walk.js';
import { hasPartialContents, heldPaths } from './partial-contents.js';

/** Where a content is needed. */
export interface ContentNeed {
  readonly path: RepoPath;
  readonly commitId: CommitId | undefined; // undefined: it is staged
  readonly sizeBytes: number;
}

/** The different contents that files need. */
export class NeededContents {
  readonly #table = new HashTable();
  readonly #mayLack: boolean;
  readonly #holds: (path: RepoPath) => boolean;
  #required = new Uint8Array(0); // 1 by index where the content must be here; unused where all must

  constructor(repository: OpenRepository) {
    this.#mayLack = hasPartialContents(repository);
    this.#holds = heldPaths(repository);
  }

  /** Number of contents. */
  get count(): number {
    return this.#table.size;
  }

  /** The contents, 16 bytes each: a view that is valid until more are added. */
  get hashes(): Uint8Array {
    return this.#table.hashes;
  }

  /** Adds the content of a file. @param isRecent whether a commit at which a reference stands has it */
  addFile({ path }: MetDirectory, vnode: NodeView, child: number, isRecent: boolean): void {
    const index = this.#add(vnode.node, childHashOffset(vnode, child));
    if (!isRecent || this.isRequired(index)) return;
    if (this.#holds(joinPath(path, nameOf(vnode, child)))) this.#require(index);
  }

  /** Adds the content of a staged file. */
  addStaged(path: RepoPath, hashes: Uint8Array, offset: number): void {
    const index = this.#add(hashes, offset);
    if (!this.isRequired(index) && this.#holds(path)) this.#require(index);
  }

  /** Says whether a content must be here; the others may have been left out by a clone. */
  isRequired(index: number): boolean {
    return !this.#mayLack || this.#required[index] === 1;
  }

  #add(hashes: Uint8Array, offset: number): number {
    const index = this.#table.add(hashes, offset);
    return index < 0 ? ~index : index;
  }

  #require(index: number): void {
    if (index >= this.#required.length) {
      const larger = new Uint8Array(2 * index + 1024);
      larger.set(this.#required);
      this.#required = larger;
    }
    this.#required[index] = 1;
  }
}

/** Calls `visit` for every staged file that has a content. @throws IntegrityError when a part of the staging area is damaged */
export function visitStagedFiles(
  { staging }: OpenRepository,
  visit: (path: RepoPath, run: StagedRun, row: number) => void,
): void {
  for (const directory of staging.directories()) {
    for (const run of staging.readDirectory(directory)) {
      for (let row = 0; row < run.count; row++) {
        if (run.kinds[row] !== stagedKinds.file) continue;
        if (run.statuses[row] === stagedStatuses.removed) continue;
        visit(joinPath(directory, run.nameAt(row)), run, row);
      }
    }
  }
}

/**
 * Returns where each of some contents is needed, by its index, undefined where that cannot be found out any more: at the first path that
 * is held, else at the first of all. Commits come in the given order, the staging area last. Walks all trees.
 */
export function findNeeds(
  repository: OpenRepository,
  commitIds: readonly CommitId[],
  contents: HashTable,
): readonly (ContentNeed | undefined)[] {
  const search = new NeedSearch(contents, heldPaths(repository));
  const walk = new DirectoryWalk(repository.nodes);
  for (const commitId of commitIds) {
    ignoringDamage(() => {
      const tree = repository.commitTree(commitId);
      if (tree !== undefined) walk.visit(commitId, tree, search);
    });
  }
  ignoringDamage(() => {
    visitStagedFiles(repository, (path, run, row) => search.stagedFile(path, run, row));
  });
  return search.needs;
}

class NeedSearch implements DirectoryVisitor {
  readonly needs: (ContentNeed | undefined)[];
  readonly #contents: HashTable;
  readonly #holds: (path: RepoPath) => boolean;

  constructor(contents: HashTable, holds: (path: RepoPath) => boolean) {
    this.needs = new Array<ContentNeed | undefined>(contents.size).fill(undefined);
    this.#contents = contents;
    this.#holds = holds;
  }

  file({ path, commitId }: MetDirectory, vnode: NodeView, child: number): void {
    const index = this.#contents.find(vnode.node, childHashOffset(vnode, child));
    if (index < 0) return;
    const name = nameOf(vnode, child);
    this.#offer(index, { path: joinPath(path, name), commitId, sizeBytes: peek.sizeBytes });
  }

  stagedFile(path: RepoPath, { hashes, sizes }: StagedRun, row: number): void {
    const index = this.#contents.find(hashes, row * hashBytesLength);
    if (index >= 0) this.#offer(index, { path, commitId: undefined, sizeBytes: sizes[row] ?? 0 });
  }

  #offer(index: number, need: ContentNeed): void {
    const known = this.needs[index];
    const isBetter = known === undefined || (!this.#holds(known.path) && this.#holds(need.path));
    if (isBetter) this.needs[index] = need;
  }
}

const peek = new EntryPeek();

/** Returns the name of a child and leaves `peek` at it. */
function nameOf(vnode: NodeView, child: number): string {
  peekChild(vnode, child, peek);
  return peekedName(vnode.children, peek);
}

/** Runs what meets damage that the first walk has reported. */
function ignoringDamage(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof OxenError)) throw error;
  }
}
