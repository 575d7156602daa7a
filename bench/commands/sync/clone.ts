/** Clone over the loopback interface, beside `tar xf` of the same files. */
import { join } from 'node:path';
import type { DataSet, DataSetRecipe } from '../../data/data-set.js';
import { describeShape, shapeOf } from '../../data/shape.js';
import { tar } from '../../rivals/plain-files.js';
import { freshFolder, SpentFolders } from '../../runner/fresh-folder.js';
import type { Participant } from '../../runner/participant.js';
import type { Target } from '../../runner/targets.js';
import type { CaseContext, CommandCase } from '../case.js';
import { runUnmeasured, storesIn, workingCopy } from '../working-copy.js';
import { type Pair, pairsOf, type Remote } from './pair.js';
import { sessionOf } from './session.js';

/** Returns the case that clones `recipe` into a fresh folder every round. */
export function cloneCase(
  name: string,
  recipe: DataSetRecipe,
  targets: readonly Target[],
): CommandCase {
  return {
    name,
    family: 'sync',
    summary: `clone over loopback of ${recipe.summary}`,
    plan: (context) => {
      const dataSet = context.dataSet(recipe);
      const pairs = pairsOf(context).map((pair) => cloner(context, dataSet, pair, name));
      const participants = [...pairs, extractor(context, dataSet, name)];
      return { dataSets: [dataSet], participants, targets };
    },
  };
}

function cloner(context: CaseContext, dataSet: DataSet, pair: Pair, name: string): Participant {
  const session = sessionOf(context, dataSet, pair, name);
  let remote: Remote | undefined;
  let folder = '';
  const target = () => join(folder, 'clone');
  const spent = new SpentFolders(dataSet.shape);
  return {
    name: pair.name,
    isDurable: true,
    stores: () => [target()],
    warm: () => [session.served],
    prepare: async () => {
      await session.open();
      remote = await session.connect('cloned');
      await runUnmeasured([pair.push(session.copy, remote)]);
    },
    before: () => {
      folder = freshFolder(context.cache, name);
    },
    steps: () =>
      remote === undefined ? [] : [session.withServer(pair.clone(session.copy, remote, target()))],
    after: () => {
      const found = describeShape(shapeOf(join(target(), 'data')));
      if (found !== describeShape(dataSet.shape)) throw new Error(`the clone brought ${found}`);
      spent.add(folder);
    },
    failed: () => spent.add(folder),
    finish: async () => {
      await session.close();
      spent.clear();
    },
  };
}

function extractor(context: CaseContext, dataSet: DataSet, name: string): Participant {
  const copy = workingCopy(context, dataSet, `${name}-tar`);
  return {
    name: 'tar',
    isDurable: false,
    stores: () => storesIn(copy, ['data']),
    warm: () => storesIn(copy, ['.archive.tar']),
    prepare: async () => {
      copy.make();
      await runUnmeasured(tar.checkout.prepare(copy));
      await runUnmeasured(tar.checkout.leave(copy));
    },
    before: copy.renew,
    steps: () => tar.checkout.enter(copy),
    finish: copy.remove,
  };
}
