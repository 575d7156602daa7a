/** init + add + commit of a data set that the tool has never seen. */
import { join } from 'node:path';
import type { DataSetRecipe } from '../data/data-set.js';
import { clearStores, type Place } from '../rivals/place.js';
import type { Participant } from '../runner/participant.js';
import type { Target } from '../runner/targets.js';
import type { CaseContext, CommandCase } from './case.js';
import { storesIn } from './working-copy.js';

/** Returns the case that records `recipe` with every tool. */
export function recordCase(
  name: string,
  recipe: DataSetRecipe,
  targets: readonly Target[],
): CommandCase {
  return {
    name,
    family: 'add-commit',
    summary: `init + add + commit of ${recipe.summary}`,
    plan: (context) => {
      const dataSet = context.dataSet(recipe);
      const place = { root: dataSet.root, env: context.env };
      return { dataSets: [dataSet], participants: recorders(context, place), targets };
    },
  };
}

function recorders(context: CaseContext, place: Place): Participant[] {
  return context.rivals.map((rival) => ({
    name: rival.name,
    isDurable: rival.isDurable,
    stores: storesIn(place, rival.stores),
    warm: [join(place.root, 'data')],
    before: () => clearStores(place),
    steps: () => rival.record(place),
    finish: () => clearStores(place),
  }));
}
