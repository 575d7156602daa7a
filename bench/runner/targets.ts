/**
 * Targets of docs/design.md as functions of the measured medians. A durable tool is compared with what the other
 * needs including its `sync`; the ratio without the sync stands beside it.
 */
import type { ParticipantResult } from './participant.js';
import { spreadOf } from './statistics.js';

/** The verdict on one target. */
export interface Verdict {
  readonly target: string;
  readonly measured: string; // `not measured` when a side is missing
  readonly isMet?: boolean; // absent when not measured
}

/** Judges the results of a case. */
export type Target = (results: readonly ParticipantResult[]) => Verdict;

/** Returns the median wall time of a participant, in seconds, or undefined when it has no samples. */
export function medianSeconds(
  results: readonly ParticipantResult[],
  name: string,
  options: { isDurable: boolean },
): number | undefined {
  const result = results.find((candidate) => candidate.name === name);
  if (result === undefined || result.samples.length === 0) return undefined;
  const withSync = options.isDurable && !result.isDurable;
  return spreadOf(
    result.samples.map((sample) => sample.wallSeconds + (withSync ? sample.flushSeconds : 0)),
  ).median;
}

/** Ours takes at most `limit` times as long as `other`, both durable unless said otherwise. */
export function atMostTimes(
  limit: number,
  other: string,
  options: { isDurable?: boolean; subtract?: string } = {},
): Target {
  const isDurable = options.isDurable ?? true;
  return (results) => {
    const overStartUp = options.subtract === undefined ? '' : ', start-up subtracted';
    const target = `<= ${limit}x ${other}${overStartUp}`;
    const startUp =
      options.subtract === undefined
        ? 0
        : (medianSeconds(results, options.subtract, { isDurable: false }) ?? 0);
    const ratio = (durable: boolean) => {
      const ours = medianSeconds(results, 'oxen', { isDurable: durable });
      const theirs = medianSeconds(results, other, { isDurable: durable });
      return ours === undefined || theirs === undefined ? undefined : (ours - startUp) / theirs;
    };
    const value = ratio(isDurable);
    if (value === undefined) return { target, measured: 'not measured' };
    const unsynced = isDurable ? ` (${(ratio(false) ?? 0).toFixed(2)}x without its sync)` : '';
    return { target, measured: `${value.toFixed(2)}x${unsynced}`, isMet: value <= limit };
  };
}

/** Ours is at least `factor` times as fast as `other`. */
export function timesFasterThan(factor: number, other: string): Target {
  return (results) => {
    const target = factor === 1 ? `no slower than ${other}` : `>= ${factor}x faster than ${other}`;
    const ours = medianSeconds(results, 'oxen', { isDurable: true });
    const theirs = medianSeconds(results, other, { isDurable: true });
    if (ours === undefined || theirs === undefined) return { target, measured: 'not measured' };
    const value = theirs / ours;
    return { target, measured: `${value.toFixed(1)}x faster`, isMet: value >= factor };
  };
}

/** Ours takes less than `limitMs` longer than starting Node as often as it has commands. */
export function lessOverStartUp(limitMs: number, startUp: string): Target {
  return (results) => {
    const target = `< ${limitMs} ms over start-up`;
    const ours = medianSeconds(results, 'oxen', { isDurable: true });
    const bare = medianSeconds(results, startUp, { isDurable: true });
    if (ours === undefined || bare === undefined) return { target, measured: 'not measured' };
    const overMs = (ours - bare) * 1000;
    return { target, measured: `${overMs.toFixed(0)} ms`, isMet: overMs < limitMs };
  };
}

/** The largest resident memory of a participant stays below a limit. */
export function peakMemoryAtMost(limitMebibytes: number, name = 'oxen'): Target {
  return (results) => {
    const target = `peak RSS of ${name} <= ${limitMebibytes} MiB`;
    const samples = results.find((result) => result.name === name)?.samples ?? [];
    if (samples.length === 0) return { target, measured: 'not measured' };
    const peak = Math.max(...samples.map((sample) => sample.peakRssBytes)) / 1024 / 1024;
    return { target, measured: `${peak.toFixed(0)} MiB`, isMet: peak <= limitMebibytes };
  };
}

/** The store of ours grows by less than `share` of `inputBytes` in a round. */
export function growthBelow(share: number, inputBytes: number): Target {
  return (results) => {
    const target = `< ${share * 100} % more disk`;
    const samples = results.find((result) => result.name === 'oxen')?.samples ?? [];
    if (samples.length === 0) return { target, measured: 'not measured' };
    const growth = samples.map((sample) => sample.storeBytesAfter - sample.storeBytesBefore);
    const value = spreadOf(growth).median / inputBytes;
    return { target, measured: `${(value * 100).toFixed(2)} %`, isMet: value < share };
  };
}

/** A participant's cost per file stays within `limit` times that of another with fewer files. */
export function sameCostPerFile(
  limit: number,
  many: { name: string; fileCount: number },
  few: { name: string; fileCount: number },
): Target {
  return (results) => {
    const target = `cost per file of ${many.name} <= ${limit}x that of ${few.name}`;
    const manySeconds = medianSeconds(results, many.name, { isDurable: true });
    const fewSeconds = medianSeconds(results, few.name, { isDurable: true });
    if (manySeconds === undefined || fewSeconds === undefined) {
      return { target, measured: 'not measured' };
    }
    const value = manySeconds / many.fileCount / (fewSeconds / few.fileCount);
    return { target, measured: `${value.toFixed(2)}x`, isMet: value <= limit };
  };
}
