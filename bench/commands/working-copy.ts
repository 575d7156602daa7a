/** A folder of its own for a tool whose repository lives through all rounds of a case. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSet } from '../data/data-set.js';
import type { Place } from '../rivals/place.js';
import { freshFolder, SpentFolders } from '../runner/fresh-folder.js';
import { measure } from '../runner/measure.js';
import type { Step } from '../runner/step.js';
import type { CaseContext } from './case.js';

/** A place that is made, renewed and removed by its case. */
export interface WorkingCopy extends Place {
  readonly root: string; // another one after `make` and `renew`
  /** Makes the place and copies the files of the data set into it; real copies, for links would change each other's times. */
  readonly make: () => void;
  /** Makes a copy of everything that was in the place at the first call, in a fresh region of the disk: that is the place now. */
  readonly renew: () => void;
  readonly remove: () => void;
}

/** Returns the working copy of `dataSet` for one tool in one case. */
export function workingCopy(context: CaseContext, dataSet: DataSet, name: string): WorkingCopy {
  let root: string | undefined;
  let first: string | undefined;
  const spent = new SpentFolders(dataSet.shape);
  const current = () => {
    if (root === undefined) throw new Error('the working copy has not been made');
    return root;
  };
  return {
    get root() {
      return current();
    },
    env: context.env,
    make: () => {
      root = freshFolder(context.cache, name);
      execFileSync('cp', ['-a', join(dataSet.root, 'data'), root]);
    },
    renew: () => {
      if (first === undefined) first = current();
      else spent.add(current());
      root = freshFolder(context.cache, name);
      execFileSync('cp', ['-a', `${first}/.`, root]);
    },
    remove: () => {
      for (const folder of [root, first]) {
        if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      }
      spent.clear();
    },
  };
}

/** Runs steps whose cost does not matter. */
export async function runUnmeasured(steps: readonly Step[]): Promise<void> {
  for (const step of steps) await measure(step);
}

/** Returns the paths of a tool's stores below a place. */
export function storesIn(place: Place, names: readonly string[]): string[] {
  return names.map((name) => join(place.root, name));
}
