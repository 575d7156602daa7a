/**
 * What a three-way merge of trees would do to the working tree: files and directories that come and go, contents that are merged, and what
 * is left to the user. It is computed before anything is touched, from stored trees and contents alone: the same plan comes out each
 * time, so that a merge that was interrupted, or is taken back, knows which paths are its own. `stash` plans with it too.
 */
import { hashBytes } from '../format/hashing.js';
import { findMergeBases } from '../history/ancestry.js';
import type { Conflict } from '../merge/conflict.js';
import { chooseMergeBase } from '../merge/merge-base.js';
import { mayMergeContents } from '../merge/merge-content.js';
import { pathsOfConflict } from '../merge/resolution.js';
import { type MergeStep, planMerge } from '../merge/three-way.js';
import { type Hash, zeroHash } from '../model/hash.js';
import type { RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { type CommitTree, lookupPath, type TreeEntry } from '../tree/read.js';
import type { OperationContext } from './context.js';
import type { PathChange } from './disk-states.js';
import { findLocalChanges, type LocalChanges } from './local-changes.js';
import { mergeStored } from './merge-stored.js';
import { heldPaths } from './partial-contents.js';
import { PathTargets } from './path-targets.js';

/** Roots of the three trees. */
export interface MergeRoots {
  readonly base: Hash | undefined;
  readonly ours: Hash;
  readonly theirs: Hash;
}

/** A content that was merged, and the file of ours that it replaces. */
export interface MergedFile {
  readonly path: RepoPath;
  readonly bytes: Uint8Array;
  readonly ours: TreeEntry;
}

/** Returns the best common commit of two, undefined when their histories have none. */
export function findBaseTree(
  repository: OpenRepository,
  ours: CommitTree,
  theirs: CommitTree,
): CommitTree | undefined {
  const ids = findMergeBases(repository, ours.commit.id, theirs.commit.id);
  const best = chooseMergeBase(ids.flatMap((id) => repository.commit(id) ?? []));
  return best === undefined ? undefined : repository.commitTree(best.id);
}

/** The plan of one merge. */
export class MergePlan {
  /** What is taken from a stored tree. */
  readonly targets = new PathTargets();
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

  /** The paths that conflicts are about: they stay as our tree has them until the user decides. */
  get conflictPaths(): RepoPath[] {
    const paths = new Set(this.conflicts.map(({ path }) => path));
    for (const conflict of this.conflicts) {
      for (const path of pathsOfConflict(conflict)) paths.add(path);
    }
    return [...paths];
  }

  /** The paths that the merge changes by itself, with what our tree has and what the merge makes of it. */
  changes(): PathChange[] {
    const { files, removedFiles, directories, removedDirectories } = this.targets;
    const made = [...directories].map((path) => {
      return { path, left: this.#ourEntry(path), right: { kind: 'dir' as const, hash: zeroHash } };
    });
    const taken = [...files].map(([path, right]) => {
      return { path, left: this.#ourEntry(path), right };
    });
    const gone = [
      ...[...removedFiles].filter((path) => !directories.has(path)),
      ...[...removedDirectories].filter((path) => !files.has(path)),
    ];
    const removed = gone.map((path) => {
      return { path, left: this.#ourEntry(path), right: undefined };
    });
    const merged = this.merged.map(({ path, bytes, ours: left }) => {
      return { path, left, right: { kind: 'file' as const, hash: hashBytes(bytes) } };
    });
    const holds = heldPaths(this.#repository);
    return [...taken, ...removed, ...made, ...merged].filter(({ path }) => holds(path));
  }

  /** Returns paths whose local changes would be lost, and those that are on disk already as they will be. */
  findLocalChanges(context: OperationContext, isResumed = false): Promise<LocalChanges> {
    const holds = heldPaths(this.#repository);
    const kept = this.conflictPaths.filter(holds).map((path) => {
      const entry = this.#ourEntry(path);
      return { path, left: entry, right: entry };
    });
    const changes = [...this.changes(), ...kept];
    return findLocalChanges(this.#repository, changes, context, { isResumed });
  }

  #ourEntry(path: RepoPath): TreeEntry | undefined {
    return lookupPath(this.#repository.nodes, this.#ours, path);
  }

  #take(step: MergeStep): void {
    switch (step.action) {
      case 'keep':
        return;
      case 'delete':
        this.targets.remove(step.path, step.entry.kind);
        return;
      case 'take':
        this.targets.put(step.path, step.entry);
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
    const ours = this.#ourEntry(path);
    const labels = { ours: 'HEAD', theirs: this.#theirsLabel };
    const result = mergeStored(this.#repository.versions, conflict, labels);
    if (ours === undefined || result.kind === 'refused') this.conflicts.push(conflict);
    else if (result.kind === 'clean') this.merged.push({ path, bytes: result.bytes, ours });
    else {
      this.conflicts.push(conflict);
      this.marked.push({ path, bytes: result.bytes, ours });
    }
  }
}
