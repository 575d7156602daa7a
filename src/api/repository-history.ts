/**
 * What one looks up in a repository: revisions, histories, trees, contents, differences. It turns what users type (paths relative to a
 * directory, names of revisions) into what the verbs of `core/ops` take.
 */
import { resolve } from 'node:path';
import { reachableCommits, walkCommits } from '../core/history/ancestry.js';
import { parseRange, resolveRevision } from '../core/history/revision.js';
import { type CommitCriteria, selectCommits } from '../core/history/select-commits.js';
import { topologicalOrder } from '../core/history/topological-order.js';
import { InvalidInputError, NotFoundError } from '../core/model/errors.js';
import { type CommitId, type Hash, parseHash } from '../core/model/hash.js';
import type { CommitNode } from '../core/model/node.js';
import { compareBytewise, type RepoPath } from '../core/model/path.js';
import type { OperationContext } from '../core/ops/context.js';
import {
  type DescribedNode,
  describeNode,
  describePath,
  type LevelledNode,
  type NodeDescription,
  walkNodes,
} from '../core/ops/describe-node.js';
import { type DiffTarget, diff, type FileDiff } from '../core/ops/diff.js';
import { diffFiles, type FilesDiff } from '../core/ops/diff-files.js';
import { diskSide, storedSide, type VersionSide } from '../core/ops/file-comparison.js';
import { fingerprint } from '../core/ops/fingerprint.js';
import { commitsThatChanged } from '../core/ops/path-history.js';
import { trackedPaths } from '../core/ops/pathspec.js';
import { stashCommit } from '../core/ops/stash-entries.js';
import type { OpenRepository } from '../core/repository.js';
import type { TableDiffOptions } from '../core/tabular/row-diff.js';
import { type CommitTree, lookupPath } from '../core/tree/read.js';
import { locatePath } from '../core/worktree/locate.js';
import { contextOf, type RepositoryOptions } from './options.js';

/** Which commits of a history are wanted, and in which order. */
export interface HistoryOptions {
  readonly revision?: string; // or a range `A..B`; HEAD when absent
  readonly everywhere?: boolean; // from all branches, tags and branches of remotes, whatever `revision` says
  readonly paths?: readonly string[]; // only commits that changed something at or below one of these
  readonly criteria?: CommitCriteria;
  readonly limit?: number; // most commits; all when absent
  readonly isTopological?: boolean; // children before parents whatever their times; the whole history is held
}

/** An open repository, as far as its history and contents go. */
export class RepositoryHistory {
  /** The stores, for what has no verb. */
  readonly stores: OpenRepository;
  /** What verbs of `core/ops` take as their surroundings. */
  readonly context: OperationContext;
  protected readonly options: RepositoryOptions;
  protected readonly base: string;

  protected constructor(
    stores: OpenRepository,
    options: RepositoryOptions,
    context = contextOf(options),
  ) {
    this.stores = stores;
    this.base = resolve(options.workingDirectory ?? '.');
    this.options = options;
    this.context = context;
  }

  /** Absolute path of the working tree. */
  get root(): string {
    return this.stores.root;
  }

  /** Returns the commit that a revision (`HEAD~2`, a branch, a tag, an id or its start) names. @throws NotFoundError */
  resolve(revision: string): CommitId {
    return resolveRevision(
      {
        commit: (id) => this.stores.commit(id),
        head: () => this.stores.headCommitId(),
        reference: (name) => this.stores.reference(name) ?? stashCommit(this.stores, name),
        commitsStartingWith: (digits, limit) => this.stores.commitsStartingWith(digits, limit),
      },
      revision,
    );
  }

  /** Yields the commits that a revision or range `A..B` reaches, youngest first. @throws NotFoundError */
  *log(revision = 'HEAD'): Generator<CommitNode> {
    const range = parseRange(revision);
    const hidden =
      range === undefined
        ? new Set<CommitId>()
        : reachableCommits(this.stores, [this.resolve(range.from)]);
    const head = this.resolve(range?.to ?? revision);
    yield* walkCommits(this.stores, [head], (id) => hidden.has(id));
  }

  /** Yields those commits of a history that changed some paths or meet criteria. @throws NotFoundError for an unknown revision */
  async *history(options: HistoryOptions = {}): AsyncGenerator<CommitNode> {
    const { revision, paths = [], criteria = {}, limit = Number.POSITIVE_INFINITY } = options;
    const all = options.everywhere === true ? this.#logOfAll() : this.log(revision);
    const ordered = options.isTopological === true ? topologicalOrder([...all]) : all;
    const chosen = selectCommits(ordered, criteria);
    const located = paths.map((path) => this.locate(path));
    let count = 0;
    if (limit === 0) return;
    for await (const commit of located.length === 0
      ? chosen
      : commitsThatChanged(this.stores, chosen, located)) {
      yield commit;
      if (++count >= limit) return;
    }
  }

  /** Returns the node of an id: a commit, directory or vnode. @throws NotFoundError when there is none */
  node(id: string): NodeDescription {
    return describeNode(this.stores, parseHash(id));
  }

  /** Returns the file or directory at a path of a revision; relative paths start at the working directory. @throws NotFoundError */
  nodeAt(path: string, revision = 'HEAD'): NodeDescription {
    return describePath(this.stores, this.#tree(revision), this.locate(path));
  }

  /** Yields a node and what lies below it, parents first, at most `depth` levels. */
  tree(from: NodeDescription, depth = Number.POSITIVE_INFINITY): Generator<LevelledNode> {
    return walkNodes(this.stores, from, depth);
  }

  /** Returns the entries of a directory of a revision, ascending by name. @throws NotFoundError when it is no directory there */
  list(path = '.', revision = 'HEAD'): DescribedNode[] {
    const { node, children } = this.nodeAt(path, revision);
    if (node.kind === 'file') return [node];
    return children
      .flatMap((vnode) => (vnode.kind === 'vnode' ? this.node(vnode.vnode.hash).children : []))
      .sort((a, b) => compareBytewise(nameOf(a), nameOf(b)));
  }

  /** Streams the content of a file of a revision. @throws NotFoundError when it is no file there; IntegrityError when it is damaged */
  async *read(path: string, revision = 'HEAD'): AsyncGenerator<Uint8Array> {
    const { node } = this.nodeAt(path, revision);
    if (node.kind !== 'file')
      throw new NotFoundError(`"${path}" is a directory in ${revision}.`, { path });
    yield* this.stores.versions.readContent(node.file.hash);
  }

  /**
   * Yields the files that differ: between HEAD and the working tree, HEAD and one revision, or two revisions (or one range).
   * @throws NotFoundError for an unknown revision; InvalidInputError when a table lacks a column that `tables` names
   */
  diff(
    revisions: readonly string[] = [],
    options: {
      readonly staged?: boolean;
      readonly paths?: readonly string[];
      readonly tables?: TableDiffOptions;
    } = {},
  ): AsyncGenerator<FileDiff> {
    const paths = (options.paths ?? []).map((path) => this.locate(path));
    return diff(
      this.stores,
      this.#diffTarget(revisions, options.staged === true),
      { paths, tables: options.tables ?? {} },
      this.context,
    );
  }

  /**
   * Returns how two files differ, undefined when they hold the same. Each is a path or `REVISION:PATH`, paths relative to the working directory.
   * @throws as `compareFiles`
   */
  diffFiles(
    left: string,
    right: string,
    tables: TableDiffOptions = {},
  ): Promise<FilesDiff | undefined> {
    const fileAt = (shown: string) => ({
      shown,
      side: this.#storedFile(shown) ?? diskSide(resolve(this.base, shown), true),
    });
    return diffFiles(fileAt(left), fileAt(right), tables);
  }

  /** Says whether a text is `REVISION:PATH` of a file that the revision has. */
  namesStoredFile(text: string): boolean {
    return this.#storedFile(text) !== undefined;
  }

  /** Returns the fingerprint of a revision's data: equal data give equal fingerprints in every repository. */
  fingerprint(revision = 'HEAD'): Promise<Hash> {
    return fingerprint(this.stores, this.#tree(revision), this.context);
  }

  /** Ends the threads and closes the stores. */
  async close(): Promise<void> {
    if (this.options.jobs === undefined) await this.context.jobs.close();
    await this.stores.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Returns the path within the repository; an empty one is its root. @throws InvalidInputError when it lies outside */
  protected locate(path: string): RepoPath {
    return locatePath(this.stores.root, this.base, path === '' ? this.stores.root : path).path;
  }

  /** Returns paths within the repository; patterns are matched. @throws InvalidInputError without any path */
  protected async tracked(paths: readonly string[]): Promise<RepoPath[]> {
    if (paths.length === 0) throw new InvalidInputError('No path was given.');
    return trackedPaths(this.stores, this.base, paths);
  }

  #diffTarget(revisions: readonly string[], staged: boolean): DiffTarget {
    const [first, second] = revisions;
    if (first === undefined) return { kind: staged ? 'staged' : 'worktree' };
    const range = second === undefined ? parseRange(first) : { from: first, to: second };
    const { from, to } = range ?? { from: 'HEAD', to: first };
    return { kind: 'revisions', left: this.#tree(from).rootId, right: this.#tree(to).rootId };
  }

  #logOfAll(): Generator<CommitNode> {
    const { refs } = this.stores;
    const named = ['heads/', 'tags/', 'remotes/'].flatMap((prefix) => refs.listAll(prefix));
    const head = this.stores.headCommitId();
    const heads = named.map(({ commitId }) => commitId);
    return walkCommits(this.stores, head === undefined ? heads : [head, ...heads]);
  }

  #storedFile(text: string): VersionSide | undefined {
    const colon = text.indexOf(':');
    if (colon <= 0) return undefined;
    try {
      const { rootId } = this.#tree(text.slice(0, colon));
      const path = this.locate(text.slice(colon + 1));
      return storedSide(this.stores, lookupPath(this.stores.nodes, rootId, path));
    } catch (error) {
      if (error instanceof NotFoundError || error instanceof InvalidInputError) return undefined;
      throw error;
    }
  }

  #tree(revision: string): CommitTree {
    const id = this.resolve(revision);
    const tree = this.stores.commitTree(id);
    if (tree === undefined) throw new NotFoundError(`Commit not found: ${id}`);
    return tree;
  }
}

function nameOf(node: DescribedNode): string {
  if (node.kind === 'file') return node.file.name;
  return node.kind === 'dir' ? node.dir.name : '';
}
