/**
 * The verb `merge`: brings the commits of another branch into the checked-out one. When only one side has new commits the
 * branch just moves on. Else the trees are merged by path, texts by line; what both sides changed differently is left
 * to the user: the clean part is staged, conflicts are recorded and survive restarts, and no commit is made before they are resolved.
 */
import { findMergeBases, isAncestor } from '../history/ancestry.js';
import type { Conflict } from '../merge/conflict.js';
import { chooseMergeBase } from '../merge/merge-base.js';
import { mayMergeContents } from '../merge/merge-content.js';
import { describeConflict } from '../merge/resolution.js';
import { type MergeStep, planMerge } from '../merge/three-way.js';
import { ConflictError, NotFoundError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import type { CommitNode } from '../model/node.js';
import { baseName, parentPath, type RepoPath } from '../model/path.js';
import type { UnresolvedConflict } from '../model/status.js';
import type { OpenRepository } from '../repository.js';
import { acquireLock } from '../store/locks.js';
import { branchRef } from '../store/ref-names.js';
import type { TreeDifference } from '../tree/compare.js';
import { type CommitTree, lookupPath, type TreeEntry } from '../tree/read.js';
import { AddRun } from './add-run.js';
import { moveReference } from './branch.js';
import { checkoutLocked } from './checkout.js';
import { commitLocked, type Identity } from './commit.js';
import type { OperationContext } from './context.js';
import { findLocalChanges } from './local-changes.js';
import { applyCleanChanges } from './merge-staging.js';
import { readMergeState, writeMergeState } from './merge-state.js';
import { mergeStored } from './merge-stored.js';
import { heldPaths } from './partial-contents.js';
import { ensureFileIndexCurrent } from './reconcile.js';

/** What a merge came to. */
export type MergeResult =
  | { readonly kind: 'up-to-date' }
  | { readonly kind: 'fast-forward'; readonly commitId: CommitId }
  | { readonly kind: 'merged'; readonly commit: CommitNode }
  | { readonly kind: 'conflicts'; readonly conflicts: readonly UnresolvedConflict[] };

/** Settings of `merge`. */
export interface MergeSettings {
  readonly message: string; // of a merge commit
  readonly theirsLabel: string; // what conflict markers call the other side
  readonly allowUnrelated?: boolean; // histories without a common commit
}

/**
 * Merges a commit into the checked-out branch.
 * @throws ConflictError when a merge is unfinished, something is staged, local changes are in the way, or the histories
 * are unrelated; nothing was changed then
 */
export async function merge(
  repository: OpenRepository,
  theirs: CommitId,
  identity: Identity,
  settings: MergeSettings,
  context: OperationContext,
): Promise<MergeResult> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  return mergeLocked(repository, theirs, identity, settings, context);
}

/** `merge` for a verb that holds the worktree lock already. */
export async function mergeLocked(
  repository: OpenRepository,
  theirs: CommitId,
  identity: Identity,
  settings: MergeSettings,
  context: OperationContext,
): Promise<MergeResult> {
  ensureFileIndexCurrent(repository);
  const theirTree = repository.commitTree(theirs);
  if (theirTree === undefined) throw new NotFoundError(`Commit not found: ${theirs}`);
  if (readMergeState(repository) !== undefined) {
    throw new ConflictError('A merge is not finished yet.', {
      hint: 'Resolve it and commit, or take it back: oxen merge --abort',
    });
  }
  const ourTree = repository.headTree();
  if (ourTree !== undefined && isAncestor(repository, theirs, ourTree.commit.id)) {
    return { kind: 'up-to-date' };
  }
  if (ourTree === undefined || isAncestor(repository, ourTree.commit.id, theirs)) {
    return fastForward(repository, ourTree?.commit.id, theirs, settings, context);
  }
  if (!repository.staging.isEmpty()) {
    throw new ConflictError('Something is staged.', {
      hint: 'Commit it first, or take it back: oxen restore --staged .',
    });
  }
  const run = new MergeRun(repository, ourTree, theirTree, settings, context);
  return run.run(identity);
}

async function fastForward(
  repository: OpenRepository,
  from: CommitId | undefined,
  to: CommitId,
  { theirsLabel }: MergeSettings,
  context: OperationContext,
): Promise<MergeResult> {
  const head = repository.head();
  const next = head.kind === 'branch' ? head : ({ kind: 'detached', commitId: to } as const);
  const last = () =>
    head.kind === 'detached'
      ? []
      : [moveReference(repository, { name: branchRef(head.branch), expected: from, next: to })];
  const log = { verb: 'merge', summary: theirsLabel };
  await checkoutLocked(repository, to, next, context, { last, log });
  return { kind: 'fast-forward', commitId: to };
}

/** A content that was merged, and whether without conflict. */
interface MergedFile {
  readonly path: RepoPath;
  readonly bytes: Uint8Array;
}

class MergeRun {
  readonly #repository: OpenRepository;
  readonly #ours: CommitTree;
  readonly #theirs: CommitTree;
  readonly #settings: MergeSettings;
  readonly #context: OperationContext;
  readonly #files = new Map<RepoPath, { entry: TreeEntry; isNew: boolean }>();
  readonly #removedFiles = new Map<RepoPath, TreeEntry>();
  readonly #newDirectories: RepoPath[] = [];
  readonly #removedDirectories: RepoPath[] = [];
  readonly #merged: MergedFile[] = [];
  readonly #marked: MergedFile[] = [];
  readonly #conflicts: Conflict[] = [];

  constructor(
    repository: OpenRepository,
    ours: CommitTree,
    theirs: CommitTree,
    settings: MergeSettings,
    context: OperationContext,
  ) {
    this.#repository = repository;
    this.#ours = ours;
    this.#theirs = theirs;
    this.#settings = settings;
    this.#context = context;
  }

  async run(identity: Identity): Promise<MergeResult> {
    this.#plan();
    await this.#requireFreePaths();
    const { root, environment } = this.#repository;
    const recorded = this.#conflicts.map((conflict) => ({
      path: conflict.path,
      kind: describeConflict(conflict),
      conflict,
    }));
    const conflicts = recorded.map(({ path, kind }) => ({ path, kind }));
    const { message } = this.#settings;
    const state = { commitId: this.#theirs.commit.id, message, conflicts: recorded };
    // Recorded before the first file is touched: an interrupted merge is taken back with --abort.
    environment.transaction(() => writeMergeState(this.#repository, state));
    await applyCleanChanges(
      this.#repository,
      {
        files: this.#files,
        removedFiles: this.#removedFiles,
        newDirectories: this.#newDirectories,
        removedDirectories: this.#removedDirectories,
      },
      this.#context,
    );
    await writeMerged(this.#repository, this.#merged, this.#context);
    const { writeContent } = await import('../worktree/write-content.js');
    for (const { path, bytes } of this.#marked) writeContent(root, path, bytes);
    if (conflicts.length > 0) return { kind: 'conflicts', conflicts };
    const commit = await commitLocked(this.#repository, message, identity, this.#context, {
      allowEmpty: true,
      log: { verb: 'merge', summary: this.#settings.theirsLabel, files: 'written' },
    });
    return { kind: 'merged', commit };
  }

  #plan(): void {
    const { nodes } = this.#repository;
    const base = this.#baseTree();
    const roots = { base: base?.rootId, ours: this.#ours.rootId, theirs: this.#theirs.rootId };
    for (const step of planMerge(nodes, roots, { isMergeable: mayMergeContents })) this.#take(step);
  }

  #baseTree(): CommitTree | undefined {
    const ids = findMergeBases(this.#repository, this.#ours.commit.id, this.#theirs.commit.id);
    const commits = ids.flatMap((id) => this.#repository.commit(id) ?? []);
    const best = chooseMergeBase(commits);
    if (best !== undefined) return this.#repository.commitTree(best.id);
    if (this.#settings.allowUnrelated === true) return undefined;
    throw new ConflictError('The two histories have no commit in common.', {
      hint: 'If they should become one all the same: oxen merge --allow-unrelated',
    });
  }

  #take(step: MergeStep): void {
    const { path } = step;
    switch (step.action) {
      case 'keep':
        return;
      case 'delete':
        if (step.entry.kind === 'file') this.#removedFiles.set(path, step.entry);
        else this.#removedDirectories.push(path);
        return;
      case 'take':
        if (step.entry.kind === 'dir') this.#newDirectories.push(path);
        else {
          const before = lookupPath(this.#repository.nodes, this.#ours.rootId, path);
          const entry = { ...step.entry, name: baseName(path) };
          this.#files.set(path, { entry, isNew: before?.kind !== 'file' });
        }
        return;
      case 'merge':
        this.#mergeFile(step.conflict);
        return;
      case 'conflict':
        this.#conflicts.push(step.conflict);
        return;
      default:
        step satisfies never;
    }
  }

  #mergeFile(conflict: Conflict): void {
    const { path } = conflict;
    const labels = { ours: 'HEAD', theirs: this.#settings.theirsLabel };
    const result = mergeStored(this.#repository.versions, conflict, labels);
    if (result.kind === 'clean') this.#merged.push({ path, bytes: result.bytes });
    else {
      this.#conflicts.push(conflict);
      if (result.kind === 'conflict') this.#marked.push({ path, bytes: result.bytes });
    }
  }

  /** @throws ConflictError naming paths whose local changes the merge would overwrite */
  async #requireFreePaths(): Promise<void> {
    const { nodes } = this.#repository;
    const ours = (path: RepoPath) => lookupPath(nodes, this.#ours.rootId, path);
    const differences: TreeDifference[] = [];
    for (const [path, { entry }] of this.#files)
      differences.push({ path, left: ours(path), right: entry });
    for (const [path, entry] of this.#removedFiles)
      differences.push({ path, left: entry, right: undefined });
    for (const { path } of [...this.#merged, ...this.#marked]) {
      const entry = ours(path);
      if (entry !== undefined) differences.push({ path, left: entry, right: entry });
    }
    const holds = heldPaths(this.#repository);
    const held = differences.filter(({ path }) => holds(path));
    const { blocked } = await findLocalChanges(this.#repository, held, this.#context, false);
    if (blocked.length === 0) return;
    const list = blocked
      .slice(0, 20)
      .map((path) => `\n  ${path}`)
      .join('');
    throw new ConflictError(
      `Local changes to these files would be overwritten by the merge:${list}`,
      {
        hint: 'Commit or restore them first. Nothing was changed.',
      },
    );
  }
}

/** Writes contents that exist nowhere yet and stages them from the working tree. */
async function writeMerged(
  repository: OpenRepository,
  files: readonly MergedFile[],
  context: OperationContext,
): Promise<void> {
  if (files.length === 0) return;
  const { writeContent } = await import('../worktree/write-content.js');
  for (const { path, bytes } of files) writeContent(repository.root, path, bytes);
  const run = await AddRun.open(repository, context);
  try {
    for (const { path } of files) await run.addFiles(parentPath(path), [baseName(path)]);
    await run.finish();
  } finally {
    await run.close();
  }
}
