/** One row per tool: the figures of a case as short texts, the same for the terminal and for the document. */
import type { ParticipantResult, Sample } from '../runner/participant.js';
import { spreadOf } from '../runner/statistics.js';
import { medianSeconds } from '../runner/targets.js';
import type { CaseResult } from './result.js';

/** Headings of the columns. */
export const columns: readonly string[] = [
  'tool',
  'wall',
  'spread',
  'with sync',
  'CPU',
  'peak MiB',
  'disk +MiB',
  'to ours',
];

/** Returns one row per tool with samples; then come the reasons of those without. */
export function rowsOf(result: CaseResult): string[][] {
  return result.participants.map((participant) => {
    if (participant.failure !== undefined) {
      return [participant.name, `failed: ${participant.failure.split('\n')[0]?.slice(0, 120)}`];
    }
    return rowOf(participant, result);
  });
}

function rowOf(
  participant: ParticipantResult,
  { participants: all, roundCount }: CaseResult,
): string[] {
  const { samples } = participant;
  const wall = spreadOf(samples.map((sample) => sample.wallSeconds));
  const durable = medianSeconds(all, participant.name, { isDurable: true });
  const writes = samples.some((sample) => sample.storeBytesAfter > 0);
  return [
    participant.name,
    formatSeconds(wall.median),
    samples.length === 1 && roundCount > 1
      ? 'one round'
      : `${formatSeconds(wall.min)}–${formatSeconds(wall.max)}`,
    writes && !participant.isDurable ? formatSeconds(durable ?? 0) : '',
    formatSeconds(spreadOf(samples.map((sample) => sample.cpuSeconds)).median),
    mebibytes(spreadOf(samples.map((sample) => sample.peakRssBytes)).max),
    writes ? mebibytes(spreadOf(samples.map(grownBytes)).median) : '',
    toOurs(durable, all),
  ];
}

/** Returns seconds with three digits that count: milliseconds below one second. */
export function formatSeconds(seconds: number): string {
  if (seconds < 1) return `${(seconds * 1000).toFixed(seconds < 0.1 ? 1 : 0)} ms`;
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}

function grownBytes(sample: Sample): number {
  return sample.storeBytesAfter - sample.storeBytesBefore;
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(bytes < 10 * 1024 * 1024 ? 1 : 0);
}

function toOurs(durable: number | undefined, all: readonly ParticipantResult[]): string {
  const ours = medianSeconds(all, 'oxen', { isDurable: true });
  if (ours === undefined || durable === undefined) return '';
  return `${(durable / ours).toFixed(2)}x`;
}
