/**
 * Interleaved rounds: each round runs every participant once, in an order that turns with the round, so that a slow
 * phase of the machine hits all of them. Right before a measured run the file system is flushed and the inputs are read.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { allocatedBytes, flush, warmCache } from './disk.js';
import { measure } from './measure.js';
import type { Participant, ParticipantResult, Sample } from './participant.js';
import { addUsage, type Usage } from './step.js';

// After a flush the disk may still be busy with the blocks of deleted files.
const settleMs = 500;

/** How to run the rounds. */
export interface RoundsOptions {
  readonly roundCount: number;
  /** Says whether a participant takes part in the first round only: the original takes minutes where others take seconds. */
  readonly isOnce?: (participantName: string) => boolean;
  /** Called with a line about the run that has just ended. */
  readonly report: (line: string) => void;
}

/** Runs all participants and returns their samples. A participant that fails once is left out from then on. */
export async function runRounds(
  participants: readonly Participant[],
  options: RoundsOptions,
): Promise<ParticipantResult[]> {
  const samples = new Map<Participant, Sample[]>();
  const failures = new Map<Participant, string>();
  const attempt = async (participant: Participant, action: () => Promise<void>) => {
    try {
      if (!failures.has(participant)) await action();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      failures.set(participant, reason);
      participant.failed?.();
      options.report(`${participant.name}: ${reason}`);
    }
  };
  try {
    for (const participant of participants) {
      samples.set(participant, []);
      await attempt(participant, async () => participant.prepare?.());
    }
    for (let round = 0; round < options.roundCount; round += 1) {
      for (const participant of turned(participants, round)) {
        if (round > 0 && options.isOnce?.(participant.name) === true) continue;
        await attempt(participant, async () => {
          const sample = await runOnce(participant, round);
          samples.get(participant)?.push(sample);
          options.report(
            `round ${round + 1}, ${participant.name}: ${sample.wallSeconds.toFixed(2)} s`,
          );
        });
      }
    }
  } finally {
    for (const participant of participants) await participant.finish?.();
  }
  return participants.map((participant) => {
    const failure = failures.get(participant);
    return {
      name: participant.name,
      isDurable: participant.isDurable,
      samples: samples.get(participant) ?? [],
      ...(failure === undefined ? {} : { failure }),
    };
  });
}

async function runOnce(participant: Participant, round: number): Promise<Sample> {
  await participant.before?.(round);
  const steps = participant.steps();
  const stores = participant.stores();
  const place = steps[0]?.cwd ?? '.';
  const storeBytesBefore = allocatedBytes(stores);
  flush(place);
  await wait(settleMs);
  for (const path of participant.warm()) warmCache(path);

  const usages: Usage[] = [];
  const stepSeconds: Record<string, number> = {};
  for (const step of steps) {
    const usage = await measure(step);
    usages.push(usage);
    stepSeconds[step.label] = (stepSeconds[step.label] ?? 0) + usage.wallSeconds;
  }
  const start = performance.now();
  if (stores.length > 0) flush(place);
  const flushSeconds = (performance.now() - start) / 1000;

  const sample = {
    ...addUsage(usages),
    flushSeconds,
    stepSeconds,
    storeBytesBefore,
    storeBytesAfter: allocatedBytes(stores),
  };
  await participant.after?.();
  return sample;
}

function turned<Item>(items: readonly Item[], by: number): Item[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
