/** Clone over the loopback interface, beside `tar xf` of the same files. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSet, DataSetRecipe } from '../../data/data-set.js';
import { describeShape, shapeOf } from '../../data/shape.js';
import { stepIn } from '../../rivals/place.js';
import type { Participant } from '../../runner/participant.js';
import type { Target } from '../../runner/targets.js';
import type { CaseContext, CommandCase } from '../case.js';
import { runUnmeasured } from '../working-copy.js';
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
  const target = `${session.served}-clone`;
  let remote: Remote | undefined;
  const removeTarget = () => rmSync(target, { recursive: true, force: true });
  return {
    name: pair.name,
    isDurable: true,
    stores: [target],
    warm: [session.served],
    prepare: async () => {
      await session.open();
      remote = await session.connect('cloned');
      await runUnmeasured([pair.push(session.copy, remote)]);
    },
    before: removeTarget,
    steps: () =>
      remote === undefined ? [] : [session.withServer(pair.clone(session.copy, remote, target))],
    after: () => {
      const found = describeShape(shapeOf(join(target, 'data')));
      if (found !== describeShape(dataSet.shape)) throw new Error(`the clone brought ${found}`);
    },
    finish: async () => {
      removeTarget();
      await session.close();
    },
  };
}

function extractor(context: CaseContext, dataSet: DataSet, name: string): Participant {
  const place = { root: join(context.cache, 'work', `${name}-tar`), env: context.env };
  const target = join(place.root, 'extracted');
  return {
    name: 'tar',
    isDurable: false,
    stores: [target],
    warm: [join(place.root, 'archive.tar')],
    prepare: () => {
      mkdirSync(place.root, { recursive: true });
      execFileSync('tar', ['cf', 'archive.tar', '-C', dataSet.root, 'data'], { cwd: place.root });
    },
    before: () => {
      rmSync(target, { recursive: true, force: true });
      mkdirSync(target);
    },
    steps: () => [stepIn(place, 'tar', ['tar', 'xf', 'archive.tar', '-C', 'extracted'])],
    finish: () => rmSync(place.root, { recursive: true, force: true }),
  };
}
