/** A naive merge of trees held as plain maps: whole trees at once, path by path, in the plainest way. */
import type { ConflictKind } from '../../src/core/merge/conflict.js';
import { dir, isBelow, type ModelTree, removePath } from './model-tree.js';

/** What a merge made of two trees. */
export interface ModelMerge {
  readonly tree: ModelTree; // without the paths in conflict
  readonly conflicts: ReadonlyMap<string, ConflictKind>;
}

/** Where the sides have a file of base; undefined: deleted. */
interface Rename {
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
}

/** What is known so far. */
interface Draft {
  readonly conflicts: Map<string, ConflictKind>;
  readonly files: Map<string, string>;
  readonly held: Set<string>; // paths of files in conflict: they stay somewhere
}

/** Merges two trees. */
export function mergeModels(base: ModelTree, ours: ModelTree, theirs: ModelTree): ModelMerge {
  const draft: Draft = { conflicts: new Map(), files: new Map(), held: new Set() };
  const settled = new Set<string>();
  for (const [at, where] of findModelRenames(base, ours, theirs)) {
    for (const path of [at, where.ours, where.theirs]) if (path !== undefined) settled.add(path);
    mergeRename(draft, at, where, ours, theirs);
  }
  for (const at of allPaths(base, ours, theirs)) {
    if (!settled.has(at))
      mergeFile(
        draft,
        at,
        [base, ours, theirs].map((tree) => fileAt(tree, at)),
      );
  }
  const { conflicts, files, held } = draft;
  const standing = [...files.keys(), ...held].sort();
  const dirs = mergeDirs(base, ours, theirs, standing);
  for (const at of standing) if (dirs.has(at)) clash(conflicts, at);
  const tree = new Map<string, string | typeof dir>(files);
  for (const at of dirs) tree.set(at, dir);
  return { tree: withoutConflicts(tree, conflicts, held), conflicts };
}

/** Removes the paths that conflicts cover. */
export function withoutConflicts(
  tree: ModelTree,
  conflicts: ReadonlyMap<string, ConflictKind>,
  held: Iterable<string>,
): ModelTree {
  const rest = new Map(tree);
  for (const at of held) rest.delete(at);
  for (const [at, kind] of conflicts) {
    rest.delete(at);
    if (kind === 'file-directory') removePath(rest, at);
  }
  return rest;
}

function mergeRename(draft: Draft, at: string, where: Rename, ours: ModelTree, theirs: ModelTree) {
  const moved = [where.ours, where.theirs].filter((path) => path !== undefined && path !== at);
  const target = moved[0] ?? at;
  if (where.ours === undefined || where.theirs === undefined) {
    draft.conflicts.set(target, 'renamed-deleted');
    draft.held.add(target);
  } else if (moved.length === 2) {
    draft.conflicts.set(at, 'renamed-differently');
    draft.held.add(where.ours).add(where.theirs);
  } else draft.files.set(target, fileAt(where.ours === at ? ours : theirs, at) ?? '');
}

function mergeFile(
  draft: Draft,
  at: string,
  [base, ours, theirs]: readonly (string | undefined)[],
): void {
  if (ours === theirs || theirs === base) {
    if (ours !== undefined) draft.files.set(at, ours);
  } else if (ours === base) {
    if (theirs !== undefined) draft.files.set(at, theirs);
  } else {
    const isDeleted = ours === undefined || theirs === undefined;
    const changed = isDeleted ? 'modified-deleted' : 'both-modified';
    draft.conflicts.set(at, base === undefined ? 'both-added' : changed);
    draft.held.add(at);
  }
}

function clash(conflicts: Map<string, ConflictKind>, at: string): void {
  const above = [...conflicts].filter(([path]) => isBelow(at, path));
  if (above.some(([, kind]) => kind === 'file-directory')) return;
  for (const [covered, kind] of [...conflicts]) {
    // What was renamed to two places stands at neither below here.
    if (isBelow(covered, at) && kind !== 'renamed-differently') conflicts.delete(covered);
  }
  conflicts.set(at, 'file-directory');
}

function mergeDirs(
  base: ModelTree,
  ours: ModelTree,
  theirs: ModelTree,
  standing: readonly string[],
): Set<string> {
  const dirs = new Set<string>();
  const deepestFirst = allPaths(base, ours, theirs).sort((a, b) => b.length - a.length);
  for (const at of deepestFirst) {
    const count = [ours, theirs].filter((tree) => tree.get(at) === dir).length;
    const wasDir = base.get(at) === dir;
    const isHome = [...standing, ...dirs].some((below) => isBelow(below, at));
    if (count === 2 || (count === 1 && !wasDir) || ((count === 1 || wasDir) && isHome)) {
      dirs.add(at);
    }
  }
  return dirs;
}

/** Returns the files that both sides touched and at least one moved, with where each side has them. */
function findModelRenames(base: ModelTree, ours: ModelTree, theirs: ModelTree) {
  const renames = new Map<string, Rename>();
  for (const [at, value] of base) {
    const [ourFile, theirFile] = [fileAt(ours, at), fileAt(theirs, at)];
    const isTouched = value !== dir && ourFile !== value && theirFile !== value;
    if (!isTouched || value === '' || (ourFile !== undefined && theirFile !== undefined)) continue;
    const ourPath = ourFile === undefined ? findMove(base, ours, theirs, value) : at;
    const theirPath = theirFile === undefined ? findMove(base, theirs, ours, value) : at;
    if ([ourPath ?? at, theirPath ?? at].some((found) => found !== at)) {
      renames.set(at, { ours: ourPath, theirs: theirPath });
    }
  }
  return renames;
}

function findMove(base: ModelTree, side: ModelTree, other: ModelTree, content: string) {
  const isMissing = (tree: ModelTree) => (entry: readonly [string, string | typeof dir]) =>
    entry[1] === content && fileAt(tree, entry[0]) === undefined;
  const removed = [...base].filter(isMissing(side));
  const added = [...side].filter(isMissing(base));
  const target = added[0]?.[0];
  if (removed.length !== 1 || added.length !== 1 || target === undefined) return undefined;
  const isBlocked = [...other].some(
    ([at, value]) => at === target || (value !== dir && isBelow(target, at)),
  );
  return isBlocked ? undefined : target;
}

function fileAt(tree: ModelTree, at: string): string | undefined {
  const value = tree.get(at);
  return value === dir ? undefined : value;
}

function allPaths(...trees: readonly ModelTree[]): string[] {
  return [...new Set(trees.flatMap((tree) => [...tree.keys()]))];
}
