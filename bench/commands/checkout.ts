/** Checkout of a recorded data set into an empty working tree. No tool syncs the working tree, so plain times are compared. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSetRecipe } from '../data/data-set.js';
import { describeShape, type Shape, shapeOf } from '../data/shape.js';
import type { Target } from '../runner/targets.js';
import type { CommandCase } from './case.js';
import { runUnmeasured, storesIn, workingCopy } from './working-copy.js';

/** Returns the case that checks `recipe` out with every tool that can. */
export function checkoutCase(
  name: string,
  recipe: DataSetRecipe,
  targets: readonly Target[],
): CommandCase {
  return {
    name,
    family: 'checkout',
    summary: `checkout into an empty working tree of ${recipe.summary}`,
    plan: (context) => {
      const dataSet = context.dataSet(recipe);
      const participants = context.rivals.flatMap((rival) => {
        const { checkout } = rival;
        if (checkout === undefined) return [];
        const copy = workingCopy(context, dataSet, `checkout-${rival.name}`);
        const data = join(copy.root, 'data');
        return [
          {
            name: rival.name,
            isDurable: false,
            stores: [data],
            warm: storesIn(copy, rival.stores),
            prepare: async () => {
              copy.make();
              await runUnmeasured(checkout.prepare(copy));
            },
            before: async () => {
              await runUnmeasured(checkout.leave(copy));
              if (existsSync(data)) throw new Error('the working tree is not empty');
            },
            steps: () => checkout.enter(copy),
            after: () => assertSameShape(data, dataSet.shape),
            finish: copy.remove,
          },
        ];
      });
      return { dataSets: [dataSet], participants, targets };
    },
  };
}

function assertSameShape(folder: string, expected: Shape): void {
  const found = describeShape(shapeOf(folder));
  if (found !== describeShape(expected)) throw new Error(`the checkout brought back ${found}`);
}
