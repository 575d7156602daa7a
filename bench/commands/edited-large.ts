/** add + commit of large files into which one KiB was inserted since the last commit: only chunking sees how little is new. */
import { join } from 'node:path';
import { large, largeFileBytes } from '../data/catalogue.js';
import { insertIntoFile, largeFileNames } from '../data/large-files.js';
import type { Participant } from '../runner/participant.js';
import { growthBelow, timesFasterThan } from '../runner/targets.js';
import type { CaseContext, CommandCase } from './case.js';
import { runUnmeasured, storesIn, workingCopy } from './working-copy.js';

/** The case. Every round inserts another KiB, so that each commit meets a version it has not seen. */
export const editedLargeCase: CommandCase = {
  name: 'add-commit-large-edited',
  family: 'add-commit',
  summary: `add + commit of ${large.summary} after 1 KiB was inserted at a tenth of each`,
  plan: (context) => {
    const dataSet = context.dataSet(large);
    return {
      dataSets: [dataSet],
      participants: editors(context, Math.round(largeFileBytes * context.scale)),
      targets: [timesFasterThan(3, 'real oxen'), growthBelow(0.01, dataSet.shape.sizeBytes)],
    };
  },
};

function editors(context: CaseContext, fileBytes: number): Participant[] {
  return context.rivals.flatMap((rival) => {
    const { recordChange } = rival;
    if (recordChange === undefined) return [];
    const copy = workingCopy(context, context.dataSet(large), `edited-${rival.name}`);
    return [
      {
        name: rival.name,
        isDurable: rival.isDurable,
        stores: () => storesIn(copy, rival.stores),
        warm: () => storesIn(copy, ['data']),
        prepare: async () => {
          copy.make();
          await runUnmeasured(rival.record(copy));
        },
        before: (round) => {
          for (const name of largeFileNames) {
            insertIntoFile(join(copy.root, 'data', name), fileBytes, `edit ${round} of ${name}`);
          }
        },
        steps: () => recordChange(copy),
        finish: copy.remove,
      },
    ];
  });
}
