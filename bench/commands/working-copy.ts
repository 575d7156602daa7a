/** A folder of its own for a tool whose repository lives through all rounds of a case. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSet } from '../data/data-set.js';
import type { Place } from '../rivals/place.js';
import { measure } from '../runner/measure.js';
import type { Step } from '../runner/step.js';
import type { CaseContext } from './case.js';

/** A place that is made and removed by its case. */
export interface WorkingCopy extends Place {
  /** Copies the files of the data set into the place; they are real copies, for links would change each other's times. */
  readonly make: () => void;
  readonly remove: () => void;
}

/** Returns the working copy of `dataSet` for one tool in one case. */
export function workingCopy(context: CaseContext, dataSet: DataSet, name: string): WorkingCopy {
  const root = join(context.cache, 'work', name.replaceAll(/[^\w.-]+/g, '-'));
  const remove = () => rmSync(root, { recursive: true, force: true });
  return {
    root,
    env: context.env,
    remove,
    make: () => {
      remove();
      mkdirSync(root, { recursive: true });
      execFileSync('cp', ['-a', join(dataSet.root, 'data'), root]);
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
