/**
 * Data sets live in a cache folder and are made once: `<cache>/data/<name>-x<scale>/data/...`. The folder above
 * `data` is where the tools under test put their stores, so that all of them see the same files.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Shape, shapeOf } from './shape.js';

/** How to make a data set. */
export interface DataSetRecipe {
  readonly name: string;
  readonly summary: string; // at full scale
  /** Writes the files below `folder`, which exists and is empty. */
  readonly write: (folder: string, scale: number) => void;
}

/** A data set on disk. */
export interface DataSet {
  readonly name: string;
  readonly root: string; // absolute; holds `data`
  readonly shape: Shape;
}

/** Returns the data set made by `recipe` at `scale`, making it when the cache does not hold it. */
export function ensureDataSet(recipe: DataSetRecipe, cache: string, scale: number): DataSet {
  const folder = join(cache, 'data', `${recipe.name}-x${scale}`);
  const root = join(folder, 'root');
  const shapeFile = join(folder, 'shape.json');
  // A run that was killed may have left with the files.
  if (!existsSync(shapeFile) || !existsSync(join(root, 'data'))) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(root, 'data'), { recursive: true });
    recipe.write(join(root, 'data'), scale);
    writeFileSync(shapeFile, JSON.stringify(shapeOf(join(root, 'data'))));
  }
  const shape = JSON.parse(readFileSync(shapeFile, 'utf8')) as Shape;
  return { name: recipe.name, root, shape };
}
