/** A million files beside a hundred thousand: the cost per file and the memory must stay the same. Ours alone. */
import { files4k, million4k } from '../data/catalogue.js';
import type { DataSet } from '../data/data-set.js';
import { oxen, runOxen } from '../rivals/oxen.js';
import type { Place } from '../rivals/place.js';
import type { Participant } from '../runner/participant.js';
import type { Step } from '../runner/step.js';
import { peakMemoryAtMost, sameCostPerFile } from '../runner/targets.js';
import type { CaseContext, CommandCase } from './case.js';
import { checkouter } from './checkout.js';
import { recorder } from './record.js';
import { runUnmeasured, storesIn, workingCopy } from './working-copy.js';

function sizesOf(context: CaseContext) {
  const many = context.dataSet(million4k);
  const few = context.dataSet(files4k);
  const named = (dataSet: DataSet) => ({
    name: `oxen, ${dataSet.shape.fileCount.toLocaleString('en-US')} files`,
    fileCount: dataSet.shape.fileCount,
    dataSet,
  });
  return { many: named(many), few: named(few) };
}

function targetsFor({ many, few }: ReturnType<typeof sizesOf>) {
  return [sameCostPerFile(1.3, many, few), peakMemoryAtMost(512, many.name)];
}

function caseOf(
  verb: string,
  summary: string,
  participant: (context: CaseContext, dataSet: DataSet, name: string) => Participant,
): CommandCase {
  return {
    name: `million-${verb}`,
    family: 'million',
    summary: `${summary} of ${million4k.summary}`,
    isOptional: true,
    plan: (context) => {
      const sizes = sizesOf(context);
      const both = [sizes.many, sizes.few];
      return {
        dataSets: both.map(({ dataSet }) => dataSet),
        participants: both.map(({ dataSet, name }) => participant(context, dataSet, name)),
        targets: targetsFor(sizes),
      };
    },
  };
}

/** Returns ours as it runs `steps` in a repository that holds the data set. */
function reader(
  context: CaseContext,
  dataSet: DataSet,
  name: string,
  steps: (place: Place) => readonly Step[],
): Participant {
  const copy = workingCopy(context, dataSet, name);
  return {
    name,
    isDurable: true,
    stores: () => [],
    warm: () => storesIn(copy, ['data', ...oxen.stores]),
    prepare: async () => {
      copy.make();
      await runUnmeasured(oxen.record(copy));
    },
    steps: () => steps(copy),
    finish: copy.remove,
  };
}

/** The cases: add + commit, status, checkout, fsck. */
export const millionCases: readonly CommandCase[] = [
  caseOf('add-commit', 'init + add + commit', (context, dataSet, name) =>
    recorder(context, dataSet, oxen, name),
  ),
  caseOf('status', 'status, nothing changed,', (context, dataSet, name) =>
    reader(context, dataSet, name, (place) => [runOxen(place, 'status', 'status')]),
  ),
  caseOf('checkout', 'checkout into an empty working tree', (context, dataSet, name) =>
    checkouter(context, dataSet, oxen, name),
  ),
  caseOf('fsck', 'fsck, everything re-hashed,', (context, dataSet, name) =>
    reader(context, dataSet, name, (place) => [runOxen(place, 'fsck', 'fsck')]),
  ),
];
