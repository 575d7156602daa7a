/** Checkout of a recorded data set into an empty working tree. No tool has to sync the working tree, so plain times are compared. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSet, DataSetRecipe } from '../data/data-set.js';
import { describeShape, shapeOf } from '../data/shape.js';
import type { RestoringRival } from '../rivals/rival.js';
import type { Participant } from '../runner/participant.js';
import type { Target } from '../runner/targets.js';
import type { CaseContext, CommandCase } from './case.js';
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
      const participants = context.rivals.flatMap((rival) =>
        rival.checkout === undefined
          ? []
          : [checkouter(context, dataSet, { ...rival, checkout: rival.checkout })],
      );
      return { dataSets: [dataSet], participants, targets };
    },
  };
}

/** Returns `rival` as it checks `dataSet` out, every round into a fresh folder. */
export function checkouter(
  context: CaseContext,
  dataSet: DataSet,
  rival: RestoringRival,
  name = rival.name,
): Participant {
  const copy = workingCopy(context, dataSet, `checkout-${name}`);
  const data = () => join(copy.root, 'data');
  return {
    name,
    isDurable: false,
    stores: () => [data()],
    warm: () => storesIn(copy, rival.stores),
    prepare: async () => {
      copy.make();
      await runUnmeasured(rival.checkout.prepare(copy));
      await runUnmeasured(rival.checkout.leave(copy));
      if (existsSync(data())) throw new Error('the working tree is not empty');
    },
    before: copy.renew,
    steps: () => rival.checkout.enter(copy),
    after: () => {
      const found = describeShape(shapeOf(data()));
      const expected = describeShape(dataSet.shape);
      if (found !== expected) throw new Error(`the checkout brought back ${found}`);
    },
    finish: copy.remove,
  };
}
