/** Push over the loopback interface: of everything into a fresh repository, and of an edited large file. */
import { join } from 'node:path';
import { large, largeFileBytes } from '../../data/catalogue.js';
import type { DataSetRecipe } from '../../data/data-set.js';
import { insertIntoFile, largeFileNames } from '../../data/large-files.js';
import type { Participant } from '../../runner/participant.js';
import { growthBelow, type Target, timesFasterThan } from '../../runner/targets.js';
import type { CaseContext, CommandCase } from '../case.js';
import { runUnmeasured, storesIn } from '../working-copy.js';
import { type Pair, pairsOf, type Remote } from './pair.js';
import { sessionOf } from './session.js';

/** Returns the case that pushes `recipe` into a fresh repository every round. */
export function pushCase(
  name: string,
  recipe: DataSetRecipe,
  targets: readonly Target[],
): CommandCase {
  return {
    name,
    family: 'sync',
    summary: `push over loopback of ${recipe.summary}`,
    plan: (context) => {
      const dataSet = context.dataSet(recipe);
      const participants = pairsOf(context).map((pair): Participant => {
        const session = sessionOf(context, dataSet, pair, name);
        let remote: Remote | undefined;
        return {
          name: pair.name,
          isDurable: true,
          stores: () => [session.served],
          warm: () => storesIn(session.copy, pair.client.stores),
          prepare: session.open,
          before: async (round) => {
            remote = await session.connect(`round-${round}`);
          },
          steps: () =>
            remote === undefined ? [] : [session.withServer(pair.push(session.copy, remote))],
          finish: session.close,
        };
      });
      return { dataSets: [dataSet], participants, targets };
    },
  };
}

/** The case of the edited copy: what travels shows in the growth of the server's folder. */
export const pushEditedCase: CommandCase = {
  name: 'push-large-edited',
  family: 'sync',
  summary: `push over loopback of ${large.summary} after 1 KiB was inserted at a tenth of each`,
  plan: (context) => {
    const dataSet = context.dataSet(large);
    return {
      dataSets: [dataSet],
      participants: pairsOf(context).map((pair) => editedPusher(context, pair)),
      targets: [timesFasterThan(1, 'real oxen'), growthBelow(0.01, dataSet.shape.sizeBytes)],
    };
  },
};

function editedPusher(context: CaseContext, pair: Pair): Participant {
  const session = sessionOf(context, context.dataSet(large), pair, 'push-edited');
  const { copy } = session;
  const fileBytes = Math.round(largeFileBytes * context.scale);
  let remote: Remote | undefined;
  return {
    name: pair.name,
    isDurable: true,
    stores: () => [session.served],
    warm: () => storesIn(copy, pair.client.stores),
    prepare: async () => {
      await session.open();
      remote = await session.connect('edited');
      await runUnmeasured([pair.push(copy, remote)]);
    },
    before: async (round) => {
      for (const name of largeFileNames) {
        insertIntoFile(join(copy.root, 'data', name), fileBytes, `edit ${round} of ${name}`);
      }
      await runUnmeasured(pair.client.recordChange?.(copy) ?? []);
    },
    steps: () => (remote === undefined ? [] : [session.withServer(pair.push(copy, remote))]),
    finish: session.close,
  };
}
