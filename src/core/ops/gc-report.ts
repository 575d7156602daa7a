/** What gc tells about a run: how many objects it looked at and removed, what became of each pack, and how much space is free now. */
import { hashBytesLength } from '../model/hash.js';
import type { HashTable } from '../model/hash-table.js';
import type { OpenRepository } from '../repository.js';
import { listRemovablePacks, type RemovedPack } from '../store/retired-packs.js';
import type { PackDecision } from './gc-plan.js';
import type { ObjectCensus } from './storage-census.js';

/** Objects of one kind. */
export interface GcCount {
  readonly scannedCount: number;
  readonly removedCount: number;
  readonly removedBytes: number; // what the removed ones take, headers included
}

/** What was done, or would be. */
export interface GcReport {
  readonly isDryRun: boolean;
  readonly nodes: GcCount;
  readonly contents: GcCount;
  readonly chunks: GcCount;
  readonly packs: readonly PackDecision[];
  readonly removedPacks: readonly RemovedPack[]; // files that were removed
  readonly freedBytes: number; // of files that were removed; of a dry run: what the run would free in the end
  readonly waitingBytes: number; // of retired packs whose grace period is not over
}

/** Counts the objects of one kind that go. @param needed what is kept of them */
export function countRemoved({ live, dead, deadIds }: ObjectCensus, needed: HashTable): GcCount {
  let removedCount = 0;
  for (const _ of unneeded(deadIds, needed)) removedCount++;
  return {
    scannedCount: live.count + dead.count,
    removedCount,
    removedBytes: dead.storedBytes,
  };
}

/** Returns the bytes of retired packs that are still there. @param removed those that went just now */
export function waitingBytes(
  { environment, packDirectory }: OpenRepository,
  removed: readonly RemovedPack[],
): number {
  environment.refresh();
  const gone = new Set(removed.map(({ id }) => id));
  const retired = listRemovablePacks(environment, packDirectory, Number.POSITIVE_INFINITY, 0);
  return retired
    .filter(({ id, reason }) => reason === 'retired' && !gone.has(id))
    .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** Yields the hashes of one table that are not in another, as views. */
export function* unneeded(hashes: HashTable, needed: HashTable): Generator<Uint8Array> {
  const column = hashes.hashes;
  for (let at = 0; at < column.length; at += hashBytesLength) {
    if (needed.find(column, at) < 0) yield column.subarray(at, at + hashBytesLength);
  }
}
