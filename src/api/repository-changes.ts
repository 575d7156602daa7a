/** The verbs of the library's `Repository` that change files, the staging area, commits and references. */
import type { CommitId } from '../core/model/hash.js';
import type { CommitNode } from '../core/model/node.js';
import { add } from '../core/ops/add.js';
import type { AddResult } from '../core/ops/add-recorder.js';
import * as branches from '../core/ops/branch.js';
import { abortCheckout, type CheckoutResult, checkout } from '../core/ops/checkout.js';
import { type CleanResult, clean, cleanFilter } from '../core/ops/clean.js';
import { commit, type Identity } from '../core/ops/commit.js';
import { type MergeResult, merge } from '../core/ops/merge.js';
import { abortMerge } from '../core/ops/merge-abort.js';
import { takeSide } from '../core/ops/merge-resolution.js';
import { type MovedPath, type MoveOptions, move } from '../core/ops/move.js';
import { addTargets } from '../core/ops/pathspec.js';
import { previewAdd } from '../core/ops/preview-add.js';
import { type RemoveOptions, type RemoveResult, remove } from '../core/ops/remove.js';
import { type RestoreResult, restore, unstage } from '../core/ops/restore.js';
import { type StashOptions, stash } from '../core/ops/stash.js';
import { type ApplyStashOptions, applyStash } from '../core/ops/stash-apply.js';
import { dropStash, requireStash, type StashEntry } from '../core/ops/stash-entries.js';
import * as tags from '../core/ops/tag.js';
import { type UndoResult, undo } from '../core/ops/undo.js';
import type { Head } from '../core/store/head.js';
import { branchRef } from '../core/store/ref-names.js';
import { RepositoryReader } from './repository-reader.js';

/** An open repository as one works in it. */
export class RepositoryChanges extends RepositoryReader {
  /**
   * Stages files, directories, patterns and deletions.
   * @throws NotFoundError when a path is neither on disk nor tracked; InvalidInputError when it lies outside the repository
   */
  async add(
    paths: readonly string[],
    options: { readonly dryRun?: boolean } = {},
  ): Promise<AddResult> {
    const { targets, skipped } = await addTargets(this.stores, this.base, paths);
    if (options.dryRun === true) return previewAdd(this.stores, targets, this.context);
    for (const path of skipped) {
      this.context.events({
        type: 'note',
        path,
        message: 'skipped: it is not a file or directory',
      });
    }
    return add(this.stores, targets, this.context);
  }

  /** Removes tracked files and stages that. @throws as `core/ops/remove` */
  async remove(paths: readonly string[], options: RemoveOptions = {}): Promise<RemoveResult> {
    return remove(this.stores, await this.tracked(paths), this.context, options);
  }

  /** Renames tracked files and directories, or moves them into a directory, and stages that. @throws as `core/ops/move` */
  async move(
    sources: readonly string[],
    destination: string,
    options: MoveOptions = {},
  ): Promise<MovedPath[]> {
    return move(this.stores, await this.tracked(sources), this.locate(destination), options);
  }

  /** Brings files back to what a revision, HEAD when absent, holds. @throws as `core/ops/restore` */
  async restore(paths: readonly string[], source?: string): Promise<RestoreResult> {
    const id = source === undefined ? undefined : this.resolve(source);
    return restore(this.stores, await this.tracked(paths), id, this.context);
  }

  /** Takes staged changes back. @throws NotFoundError when nothing is staged at a path */
  async unstage(paths: readonly string[]): Promise<RestoreResult> {
    return unstage(this.stores, await this.tracked(paths));
  }

  /** Removes untracked files at and below some paths, everywhere without any; only says which with `dryRun`. @throws as `core/ops/clean` */
  async clean(
    paths: readonly string[] = [],
    options: { readonly dryRun?: boolean } = {},
  ): Promise<CleanResult> {
    const filter = await cleanFilter(this.stores, this.base, paths);
    return clean(this.stores, filter, options.dryRun === true, this.context);
  }

  /** Commits what is staged. @throws as `core/ops/commit` */
  commit(
    message: string,
    identity: Identity,
    options: { readonly allowEmpty?: boolean } = {},
  ): Promise<CommitNode> {
    return commit(this.stores, message, identity, this.context, options);
  }

  /**
   * Checks out a branch, or another revision with a detached HEAD.
   * @throws ConflictError when local changes would be lost, unless `force`
   */
  async checkout(
    name: string,
    options: { readonly force?: boolean } = {},
  ): Promise<CheckoutResult> {
    const branch = this.stores.reference(`heads/${name}`);
    if (branch !== undefined) this.stores.repairHead();
    const commitId = branch ?? this.resolve(name);
    const head =
      branch === undefined
        ? this.#headAt(name, commitId)
        : ({ kind: 'branch', branch: name } as const);
    const log = { verb: 'checkout', summary: name };
    return checkout(this.stores, commitId, head, this.context, { ...options, log });
  }

  /** Makes a branch at HEAD and checks it out; before the first commit it only renames what HEAD says. */
  async checkoutNewBranch(name: string, start = 'HEAD'): Promise<void> {
    const head = this.stores.headCommitId();
    if (head === undefined && start === 'HEAD') {
      branchRef(name);
      this.stores.writeHead({ kind: 'branch', branch: name });
      return;
    }
    const commitId = this.resolve(start);
    branches.requireFreeName(this.stores, name);
    const change = { name: branchRef(name), expected: undefined, next: commitId };
    await checkout(this.stores, commitId, { kind: 'branch', branch: name }, this.context, {
      last: () => [branches.moveReference(this.stores, change)],
      log: { verb: 'checkout', summary: `-b ${name}` },
    });
  }

  /**
   * Merges a revision into the checked-out branch.
   * @throws ConflictError when a merge is unfinished, something is staged, or local changes are in the way
   */
  merge(
    revision: string,
    identity: Identity,
    options: { readonly message?: string; readonly allowUnrelated?: boolean } = {},
  ): Promise<MergeResult> {
    const message =
      options.message ?? `Merge commit ${revision} into ${this.currentBranch() ?? 'HEAD'}`;
    const settings = {
      message,
      theirsLabel: revision,
      allowUnrelated: options.allowUnrelated === true,
    };
    return merge(this.stores, this.resolve(revision), identity, settings, this.context);
  }

  /** Takes an unfinished merge back. @throws NotFoundError when there is none */
  abortMerge(): Promise<void> {
    return abortMerge(this.stores, this.context);
  }

  /** Writes one side's version of files in conflict. @throws NotFoundError when a path is not in conflict */
  async takeSide(side: 'ours' | 'theirs', paths: readonly string[]): Promise<void> {
    const located = paths.map((path) => this.locate(path));
    await takeSide(this.stores, side, located, this.context);
  }

  /** Takes an interrupted checkout back. @throws NotFoundError when there is none */
  abortCheckout(): Promise<CheckoutResult> {
    return abortCheckout(this.stores, this.context);
  }

  /** Puts staged and unstaged changes away and goes back to HEAD. @throws as `core/ops/stash` */
  stash(options: StashOptions = {}): Promise<StashEntry> {
    return stash(this.stores, this.context, options);
  }

  /** Brings an entry of the stash back, and removes it with `drop`. @throws as `core/ops/stash-apply` */
  applyStash(options: ApplyStashOptions = {}): Promise<StashEntry> {
    return applyStash(this.stores, this.context, options);
  }

  /** Removes an entry of the stash, the newest when none is named, and returns it. @throws NotFoundError when there is none */
  dropStash(index = 0): StashEntry {
    const entry = requireStash(this.stores, index);
    dropStash(this.stores, entry, 'drop', this.context.clock);
    return entry;
  }

  /** Takes an operation of the log back, the newest one when none is named. @throws as `core/ops/undo` */
  undo(id?: number): Promise<UndoResult> {
    return undo(this.stores, this.context, id);
  }

  /** Makes a branch at a revision, HEAD when absent. @throws as `core/ops/branch` */
  createBranch(name: string, start = 'HEAD'): void {
    branches.createBranch(this.stores, name, this.resolve(start), this.context.clock);
  }

  /** Points a branch to a revision and returns its commit. @throws as `core/ops/branch` */
  forceBranch(name: string, start: string): CommitId {
    const commitId = this.resolve(start);
    branches.forceBranch(this.stores, name, commitId, this.context.clock);
    return commitId;
  }

  /** Deletes a branch and returns the commit it pointed to. @throws as `core/ops/branch` */
  deleteBranch(name: string, options: { readonly force?: boolean } = {}): CommitId {
    return branches.deleteBranch(this.stores, name, options.force === true, this.context.clock);
  }

  /** Renames a branch. @throws as `core/ops/branch` */
  renameBranch(from: string, to: string): void {
    branches.renameBranch(this.stores, from, to, this.context.clock);
  }

  /** Makes a tag at a revision, HEAD when absent, and returns its commit. @throws as `core/ops/tag` */
  createTag(name: string, at = 'HEAD', options: { readonly force?: boolean } = {}): CommitId {
    const commitId = this.resolve(at);
    tags.createTag(this.stores, name, commitId, options.force === true, this.context.clock);
    return commitId;
  }

  /** Deletes a tag and returns the commit it pointed to. @throws as `core/ops/tag` */
  deleteTag(name: string): CommitId {
    return tags.deleteTag(this.stores, name, this.context.clock);
  }

  /** What HEAD says after a checkout of something that is no branch: `HEAD` is where one is, anything else detaches it. */
  #headAt(name: string, commitId: CommitId): Head {
    const isHere = name === 'HEAD' || name === '@';
    return isHere ? this.stores.head() : { kind: 'detached', commitId };
  }
}
