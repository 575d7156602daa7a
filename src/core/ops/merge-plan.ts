/**
 * What a three-way merge of trees would do to the working tree: files and directories that come and go, contents that are merged, and what
 * is left to the user. It is computed before anything is touched; `merge` and `stash` carry it out in their own ways.
 */
import type { Conflict } from '../merge/conflict.js';
import { mayMergeContents } from '../merge/merge-content.js';
import { type MergeStep, planMerge } from '../merge/three-way.js';
import type { Hash } from '../model/hash.js';
import { baseName, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import type { TreeDifference } from '../tree/compare.js';
import { lookupPath, type TreeEntry } from '../tree/read.js';
import type { OperationContext } from './context.js';
import { findLocalChanges } from './local-changes.js';
import type { CleanChanges } from './merge-staging.js';
import { mergeStored } from './merge-stored.js';
import { heldPaths } from './partial-contents.js';

/** Roots of the three trees. */
export interface MergeRoots {
  readonly base: Hash | undefined;
  readonly ours: Hash;
  readonly theirs: Hash;
}

/** A content that was merged. */
export interface MergedFile {
  readonly path: RepoPath;
  readonly bytes: Uint8Array;
}

/** The plan of one merge. */
export class MergePlan implements CleanChanges {
  readonly files = new Map<RepoPath, { entry: TreeEntry; isNew: boolean }>();
  readonly removedFiles = new Map<RepoPath, TreeEntry>();
  readonly newDirectories: RepoPath[] = [];
  readonly removedDirectories: RepoPath[] = [];
  /** Contents that were merged without conflict. */
  readonly merged: MergedFile[] = [];
  /** Contents with markers; their paths are among the conflicts. */
  readonly marked: MergedFile[] = [];
  readonly conflicts: Conflict[] = [];
  readonly #repository: OpenRepository;
  readonly #ours: Hash;
  readonly #theirsLabel: string;

  /** @param theirsLabel what conflict markers call the other side */
  constructor(repository: OpenRepository, roots: MergeRoots, theirsLabel: string) {
    this.#repository = repository;
    this.#ours = roots.ours;
    this.#theirsLabel = theirsLabel;
    const options = { isMergeable: mayMergeContents };
    for (const step of planMerge(repository.nodes, roots, options)) this.#take(step);
  }

  /** Returns paths whose local changes would be lost, and those that are on disk already as they will be; as `findLocalChanges`. */
  findLocalChanges(
    context: OperationContext,
    isResumed = false,
  ): Promise<{ blocked: RepoPath[]; done: Set<RepoPath> }> {
    const differences: TreeDifference[] = [];
    for (const [path, { entry }] of this.files)
      differences.push({ path, left: this.#ourEntry(path), right: entry });
    for (const [path, entry] of this.removedFiles)
      differences.push({ path, left: entry, right: undefined });
    for (const { path } of [...this.merged, ...this.marked]) {
      const entry = this.#ourEntry(path);
      if (entry !== undefined) differences.push({ path, left: entry, right: entry });
    }
    const holds = heldPaths(this.#repository);
    const held = differences.filter(({ path }) => holds(path));
    return findLocalChanges(this.#repository, held, context, isResumed);
  }

  #ourEntry(path: RepoPath): TreeEntry | undefined {
    return lookupPath(this.#repository.nodes, this.#ours, path);
  }

  #take(step: MergeStep): void {
    const { path } = step;
    switch (step.action) {
      case 'keep':
        return;
      case 'delete':
        if (step.entry.kind === 'file') this.removedFiles.set(path, step.entry);
        else this.removedDirectories.push(path);
        return;
      case 'take':
        if (step.entry.kind === 'dir') this.newDirectories.push(path);
        else {
          const entry = { ...step.entry, name: baseName(path) };
          this.files.set(path, { entry, isNew: this.#ourEntry(path)?.kind !== 'file' });
        }
        return;
      case 'merge':
        this.#mergeFile(step.conflict);
        return;
      case 'conflict':
        this.conflicts.push(step.conflict);
        return;
      default:
        step satisfies never;
    }
  }

  #mergeFile(conflict: Conflict): void {
    const { path } = conflict;
    const labels = { ours: 'HEAD', theirs: this.#theirsLabel };
    const result = mergeStored(this.#repository.versions, conflict, labels);
    if (result.kind === 'clean') this.merged.push({ path, bytes: result.bytes });
    else {
      this.conflicts.push(conflict);
      if (result.kind === 'conflict') this.marked.push({ path, bytes: result.bytes });
    }
  }
}
