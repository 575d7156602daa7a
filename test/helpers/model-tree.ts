/** Trees as plain maps, and random edits of them. */
import fc from 'fast-check';
import type { Change } from './memory-tree.js';

/** Paths with the content of a file, or `dir`; every ancestor of a path is in it as a directory. */
export type ModelTree = ReadonlyMap<string, string | typeof dir>;

/** Stands for a directory. */
export const dir = Symbol('directory');

/** One random change of a tree; what does not apply does nothing. */
export type Edit =
  | { readonly kind: 'write'; readonly path: string; readonly content: string }
  | { readonly kind: 'mkdir'; readonly path: string }
  | { readonly kind: 'remove'; readonly pick: number }
  | { readonly kind: 'move'; readonly pick: number; readonly to: string }
  | { readonly kind: 'copy'; readonly pick: number; readonly to: string };

/** Contents of which some are equal and one is empty, so that renames are found, ambiguous, or none. */
const content = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 999 }).map((n) => `unique ${n}`) },
  { weight: 1, arbitrary: fc.constantFrom('', 'same', 'other') },
);
const path = fc
  .array(fc.constantFrom('a', 'b', 'c', 'é', '😀'), { minLength: 1, maxLength: 3 })
  .map((names) => names.join('/'));
const pick = fc.nat(30);

/** A random edit; paths are few, so that the sides meet. */
export const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), path, content }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mkdir' as const), path }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), pick }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('move' as const), pick, to: path }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('copy' as const), pick, to: path }) },
);

/** A random tree. */
export const modelTree: fc.Arbitrary<ModelTree> = fc
  .array(edit, { maxLength: 14 })
  .map((edits) => applyEdits(new Map(), edits));

/** A random tree with two descendants of it. */
export const threeTrees = fc
  .record({
    base: modelTree,
    ourEdits: fc.array(edit, { maxLength: 6 }),
    theirEdits: fc.array(edit, { maxLength: 6 }),
  })
  .map(({ base, ourEdits, theirEdits }) => ({
    base,
    ours: applyEdits(base, ourEdits),
    theirs: applyEdits(base, theirEdits),
  }));

/** Returns the tree after some edits. */
export function applyEdits(tree: ModelTree, edits: readonly Edit[]): ModelTree {
  const result = new Map(tree);
  for (const change of edits) applyEdit(result, change);
  return result;
}

function applyEdit(tree: Map<string, string | typeof dir>, change: Edit): void {
  if (change.kind === 'write') put(tree, change.path, change.content);
  else if (change.kind === 'mkdir') put(tree, change.path, dir);
  else {
    const paths = [...tree.keys()].sort();
    const source = paths[change.pick % Math.max(paths.length, 1)];
    if (source === undefined) return;
    const moved = [...tree].filter(([at]) => at === source || at.startsWith(`${source}/`));
    if (change.kind !== 'remove' && `${change.to}/`.startsWith(`${source}/`)) return;
    if (change.kind !== 'copy') removePath(tree, source);
    if (change.kind === 'remove') return;
    for (const [at, value] of moved) put(tree, change.to + at.slice(source.length), value);
  }
}

/** Puts a value at a path, over whatever is in the way. */
export function put(
  tree: Map<string, string | typeof dir>,
  at: string,
  value: string | typeof dir,
) {
  const names = at.split('/');
  for (let depth = 1; depth < names.length; depth++) {
    const ancestor = names.slice(0, depth).join('/');
    if (tree.get(ancestor) !== dir) tree.set(ancestor, dir);
  }
  if (value === dir && tree.get(at) === dir) return;
  removePath(tree, at);
  tree.set(at, value);
}

/** Removes a path and everything below it. */
export function removePath(tree: Map<string, string | typeof dir>, at: string): void {
  for (const path of [...tree.keys()]) {
    if (path === at || path.startsWith(`${at}/`)) tree.delete(path);
  }
}

/** Returns the changes that make the tree from nothing. */
export function asChanges(tree: ModelTree): Record<string, Change> {
  return Object.fromEntries(
    [...tree].map(([at, value]) => [at, value === dir ? 'dir added' : value]),
  );
}

/** Says whether a path lies below a directory. */
export function isBelow(at: string, directory: string): boolean {
  return at.startsWith(`${directory}/`);
}
