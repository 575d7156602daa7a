/** A million files beside a hundred thousand: the cost per file and the memory must stay the same. Ours alone. */
import { join } from 'node:path';
import { files4k, million4k } from '../data/catalogue.js';
import type { DataSet } from '../data/data-set.js';
import { oxen, runOxen } from '../rivals/oxen.js';
import { clearStores, type Place } from '../rivals/place.js';
import type { Participant } from '../runner/participant.js';
import type { Step } from '../runner/step.js';
import { peakMemoryAtMost, sameCostPerFile } from '../runner/targets.js';
import type { CaseContext, CommandCase } from './case.js';
import { runUnmeasured, storesIn, workingCopy } from './working-copy.js';

interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly before?: (place: Place) => readonly Step[]; // not measured
  readonly steps: (place: Place) => readonly Step[];
}

const verbs: readonly Verb[] = [
  {
    name: 'status',
    summary: 'status, nothing changed',
    steps: (place) => [runOxen(place, 'status', 'status')],
  },
  {
    name: 'checkout',
    summary: 'checkout into an empty working tree',
    before: (place) => oxen.checkout?.leave(place) ?? [],
    steps: (place) => oxen.checkout?.enter(place) ?? [],
  },
  {
    name: 'fsck',
    summary: 'fsck, everything re-hashed',
    steps: (place) => [runOxen(place, 'fsck', 'fsck')],
  },
];

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

const recordMillion: CommandCase = {
  name: 'million-add-commit',
  family: 'million',
  summary: `init + add + commit of ${million4k.summary}`,
  isOptional: true,
  plan: (context) => {
    const sizes = sizesOf(context);
    const participants = [sizes.many, sizes.few].map(({ name, dataSet }): Participant => {
      const place = { root: dataSet.root, env: context.env };
      return {
        name,
        isDurable: true,
        stores: storesIn(place, oxen.stores),
        warm: [join(place.root, 'data')],
        before: () => clearStores(place),
        steps: () => oxen.record(place),
        finish: () => clearStores(place),
      };
    });
    return {
      dataSets: [sizes.many.dataSet, sizes.few.dataSet],
      participants,
      targets: targetsFor(sizes),
    };
  },
};

function verbOnMillion(verb: Verb): CommandCase {
  return {
    name: `million-${verb.name}`,
    family: 'million',
    summary: `${verb.summary}, of ${million4k.summary}`,
    isOptional: true,
    plan: (context) => {
      const sizes = sizesOf(context);
      const participants = [sizes.many, sizes.few].map(({ name, dataSet }): Participant => {
        const copy = workingCopy(context, dataSet, `million-${verb.name}-${name}`);
        return {
          name,
          isDurable: true,
          stores: [],
          warm: storesIn(copy, ['data', ...oxen.stores]),
          prepare: async () => {
            copy.make();
            await runUnmeasured(oxen.checkout?.prepare(copy) ?? []);
          },
          before: () => runUnmeasured(verb.before?.(copy) ?? []),
          steps: () => verb.steps(copy),
          finish: copy.remove,
        };
      });
      return {
        dataSets: [sizes.many.dataSet, sizes.few.dataSet],
        participants,
        targets: targetsFor(sizes),
      };
    },
  };
}

/** The cases: add + commit, status, checkout, fsck. */
export const millionCases: readonly CommandCase[] = [recordMillion, ...verbs.map(verbOnMillion)];
