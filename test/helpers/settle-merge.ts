/** Does the steps of a planned merge on model trees, and settles its conflicts for one side. */
import { hashBytes } from '../../src/core/format/hashing.js';
import { resolveFor } from '../../src/core/merge/resolution.js';
import { type MergeStep, planMerge } from '../../src/core/merge/three-way.js';
import type { Hash } from '../../src/core/model/hash.js';
import { MemoryTree } from './memory-tree.js';
import { asChanges, dir, isBelow, type ModelTree, put, removePath } from './model-tree.js';

/** Three trees. */
export interface Models {
  readonly base: ModelTree;
  readonly ours: ModelTree;
  readonly theirs: ModelTree;
}

/** Returns the steps of the merge. */
export function planOf({ base, ours, theirs }: Models): MergeStep[] {
  const source = new MemoryTree();
  const [o, a, b] = [base, ours, theirs].map((tree) => source.commit(undefined, asChanges(tree)));
  return o && a && b ? [...planMerge(source, { base: o, ours: a, theirs: b })] : [];
}

type Draft = Map<string, string | typeof dir>;

/** Returns the merged tree: does all steps, and settles every conflict for one side. */
export function settle(models: Models, side: 'ours' | 'theirs'): ModelTree {
  const steps = planOf(models);
  const contents = contentsOf(models);
  const tree: Draft = new Map(models.ours);
  for (const step of steps) doStep(tree, step, contents);
  for (const step of steps) {
    if (!('conflict' in step)) continue;
    const { standing, gone } = resolveFor(step.conflict, side);
    if (gone !== undefined && tree.get(gone) !== dir) tree.delete(gone);
    if (standing?.kind === 'file') put(tree, standing.path, contents.get(standing.hash) ?? '?');
    else if (standing !== undefined) replaceDirectory(tree, standing.path, models[side]);
  }
  return tree;
}

function contentsOf({ base, ours, theirs }: Models): Map<Hash, string> {
  const files = [base, ours, theirs].flatMap((tree) => Object.values(filesOf(tree)));
  return new Map(files.map((content) => [hashBytes(Buffer.from(content)), content]));
}

function doStep(tree: Draft, step: MergeStep, contents: ReadonlyMap<Hash, string>): void {
  if (step.action === 'delete') tree.delete(step.path);
  else if (step.action === 'take') {
    const isDir = step.entry.kind === 'dir';
    put(tree, step.path, isDir ? dir : (contents.get(step.entry.hash) ?? '?'));
  }
}

function replaceDirectory(tree: Draft, directory: string, source: ModelTree): void {
  removePath(tree, directory);
  for (const [path, value] of source) {
    if (path === directory || isBelow(path, directory)) put(tree, path, value);
  }
}

/** Returns the files of a tree. */
export function filesOf(tree: ModelTree): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [path, value] of tree) if (value !== dir) files[path] = value;
  return files;
}
