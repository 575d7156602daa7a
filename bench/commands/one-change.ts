/** add + commit of one changed file in a recorded data set: the cost must follow the change, not the set. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSet, DataSetRecipe } from '../data/data-set.js';
import { seededBytes } from '../data/seeded-bytes.js';
import type { Rival } from '../rivals/rival.js';
import type { Participant } from '../runner/participant.js';
import type { Target } from '../runner/targets.js';
import type { CaseContext, CommandCase } from './case.js';
import { nodeStartUp } from './start-up.js';
import { runUnmeasured, storesIn, workingCopy } from './working-copy.js';

const changedBytes = 4096;

/** Returns the case that records one change in `recipe` with every tool that can. */
export function oneChangeCase(
  name: string,
  recipe: DataSetRecipe,
  targets: readonly Target[],
): CommandCase {
  return {
    name,
    family: 'one-change',
    summary: `add + commit of one changed file in ${recipe.summary}`,
    plan: (context) => {
      const dataSet = context.dataSet(recipe);
      const changers = context.rivals.flatMap((rival) => {
        return rival.recordChange === undefined
          ? []
          : [changer(context, dataSet, rival, rival.recordChange)];
      });
      return {
        dataSets: [dataSet],
        participants: [...changers, nodeStartUp(context, { commandCount: 2 })],
        targets,
      };
    },
  };
}

function changer(
  context: CaseContext,
  dataSet: DataSet,
  rival: Rival,
  recordChange: NonNullable<Rival['recordChange']>,
): Participant {
  const copy = workingCopy(context, dataSet, `one-change-${rival.name}`);
  const changedPath = join('data', middleFile(join(dataSet.root, 'data')));
  return {
    name: rival.name,
    isDurable: rival.isDurable,
    stores: () => storesIn(copy, rival.stores),
    warm: () => storesIn(copy, ['data', ...rival.stores]),
    prepare: async () => {
      copy.make();
      await runUnmeasured(rival.record(copy));
    },
    before: (round) => {
      const content = seededBytes(`change ${round}`)(changedBytes);
      writeFileSync(join(copy.root, changedPath), content);
    },
    steps: () => recordChange(copy, changedPath),
    finish: copy.remove,
  };
}

/** Returns the file in the middle of each listing on the way down, relative to `folder`. */
function middleFile(folder: string): string {
  const entries = readdirSync(folder, { withFileTypes: true });
  entries.sort((left, right) => (left.name < right.name ? -1 : 1));
  const middle = entries[entries.length >> 1];
  if (middle === undefined) throw new Error('the data set has an empty directory');
  return middle.isDirectory()
    ? join(middle.name, middleFile(join(folder, middle.name)))
    : middle.name;
}
