/** init + add + commit of a data set that the tool has never seen. */
import type { DataSet, DataSetRecipe } from '../data/data-set.js';
import type { Rival } from '../rivals/rival.js';
import { freshFolder, moveEntries, SpentFolders } from '../runner/fresh-folder.js';
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
      const participants = context.rivals.map((rival) => recorder(context, dataSet, rival));
      return { dataSets: [dataSet], participants, targets };
    },
  };
}

/** Returns `rival` as it records `dataSet`; every round it does so in a fresh folder, into which the files are moved. */
export function recorder(
  context: CaseContext,
  dataSet: DataSet,
  rival: Rival,
  name = rival.name,
): Participant {
  let place = { root: dataSet.root, env: context.env };
  const spent = new SpentFolders(dataSet.shape);
  const giveBack = () => {
    if (place.root === dataSet.root) return;
    moveEntries(place.root, dataSet.root, ['data']);
    spent.add(place.root);
    place = { ...place, root: dataSet.root };
  };
  return {
    name,
    isDurable: rival.isDurable,
    stores: () => storesIn(place, rival.stores),
    warm: () => storesIn(place, ['data']),
    before: () => {
      const root = freshFolder(context.cache, name);
      moveEntries(dataSet.root, root, ['data']);
      place = { ...place, root };
    },
    steps: () => rival.record(place),
    after: giveBack,
    failed: giveBack,
    finish: () => spent.clear(),
  };
}
