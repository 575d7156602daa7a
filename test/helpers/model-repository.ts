/** Puts model trees (`model-tree`) into real repositories and reads them back, from the working tree and from commits. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Repository } from '../../src/api/repository.js';
import { rootPath } from '../../src/core/model/path.js';
import { walkTree } from '../../src/core/tree/walk.js';
import { dir, type ModelTree } from './model-tree.js';
import { ada } from './repository.js';

/** A tree that prints well: directories end in a slash. */
export type PlainTree = Readonly<Record<string, string>>;

/** Returns a model tree as plain values. */
export function plainTree(tree: ModelTree): PlainTree {
  return sorted(
    [...tree].map(([path, value]) => (value === dir ? [`${path}/`, ''] : [path, value])),
  );
}

/** Makes the working tree the model, with empty directories, and leaves `.oxen` alone. */
export function writeModel(root: string, tree: ModelTree): void {
  for (const name of readdirSync(root)) {
    if (name !== '.oxen') rmSync(join(root, name), { recursive: true });
  }
  for (const [path, value] of tree) {
    const absolute = join(root, path);
    if (value === dir) mkdirSync(absolute, { recursive: true });
    else {
      mkdirSync(dirname(absolute), { recursive: true });
      writeFileSync(absolute, value);
    }
  }
}

/** Makes the working tree the model and commits it. */
export async function commitModel(made: Repository, tree: ModelTree, message: string) {
  writeModel(made.root, tree);
  await made.add(['.']);
  return made.commit(message, ada, { allowEmpty: true });
}

/** Returns what stands in the working tree. */
export function diskTree(root: string): PlainTree {
  const found: [string, string][] = [];
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(root.length + 1);
    if (path === '.oxen' || path.startsWith('.oxen/')) continue;
    if (entry.isDirectory()) found.push([`${path}/`, '']);
    else found.push([path, readFileSync(join(root, path), 'utf8')]);
  }
  return sorted(found);
}

/** Returns what HEAD holds. */
export function committedTree({ stores }: Repository): PlainTree {
  const head = stores.headTree();
  if (head === undefined) return {};
  return sorted(
    [...walkTree(stores.nodes, head.rootId, rootPath)].map(({ path, entry }) =>
      entry.kind === 'dir'
        ? [`${path}/`, '']
        : [path, Buffer.from(stores.versions.readSmall(entry.hash)).toString()],
    ),
  );
}

function sorted(entries: readonly (readonly string[])[]): PlainTree {
  const pairs = entries.map(([path = '', value = '']) => [path, value] as const);
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}
