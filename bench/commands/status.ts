/** status of an unchanged working tree. */
import { setTimeout as wait } from 'node:timers/promises';
import type { DataSetRecipe } from '../data/data-set.js';
import { atMostTimes } from '../runner/targets.js';
import type { CommandCase } from './case.js';
import { nodeStartUp } from './start-up.js';
import { runUnmeasured, storesIn, workingCopy } from './working-copy.js';

/** Returns the case that asks every tool that can for the status of `recipe`. */
export function statusCase(name: string, recipe: DataSetRecipe): CommandCase {
  return {
    name,
    family: 'status',
    summary: `status, nothing changed, of ${recipe.summary}`,
    plan: (context) => {
      const dataSet = context.dataSet(recipe);
      const participants = context.rivals.flatMap((rival) => {
        const { status } = rival;
        if (status === undefined) return [];
        const copy = workingCopy(context, dataSet, `status-${rival.name}`);
        return [
          {
            name: rival.name,
            isDurable: true, // nothing is written
            stores: () => [],
            warm: () => storesIn(copy, ['data', ...rival.stores]),
            prepare: async () => {
              copy.make();
              // Stat values younger than a clock tick prove nothing to the tools: let the copies age first.
              await wait(2500);
              await runUnmeasured([...rival.record(copy), ...status(copy)]);
            },
            steps: () => status(copy),
            finish: copy.remove,
          },
        ];
      });
      return {
        dataSets: [dataSet],
        participants: [...participants, nodeStartUp(context, { commandCount: 1 })],
        targets: [atMostTimes(1.5, 'git', { isDurable: false, subtract: 'node -e 0' })],
      };
    },
  };
}
