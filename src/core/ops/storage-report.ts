/** What the repository takes on disk and why: `info --storage`. It counts with the same mark and census as `gc`, and changes nothing. */
import { join } from 'node:path';
import type { OpenRepository } from '../repository.js';
import { nodeDisk } from '../store/disk.js';
import { fileSizeOf } from '../store/retired-packs.js';
import { dirNodeOf, requireNode } from '../tree/read.js';
import { Reachable } from './reachable.js';
import { type StorageCensus, takeCensus } from './storage-census.js';

/** Bytes and counts; "needed" is what references, HEAD and the staging area reach. */
export interface StorageReport {
  readonly headFileCount: number; // files in HEAD
  readonly headBytes: number; // of them
  readonly commitCount: number; // needed ones
  readonly contentCount: number; // different contents of all needed commits
  readonly contentBytes: number; // of them, each counted once
  readonly deduplicatedBytes: number; // of those, saved because large files share chunks
  readonly compressedBytes: number; // saved by compression
  readonly storedBytes: number; // needed records in packs, headers included
  readonly deadBytes: number; // the rest of the packs: `gc --all` frees it
  readonly retiredBytes: number; // of rewritten packs that wait for their readers
  readonly packCount: number;
  readonly packBytes: number;
  readonly databaseBytes: number;
}

/** Returns what the repository takes. @throws IntegrityError when something needed is missing or damaged */
export function reportStorage(repository: OpenRepository): StorageReport {
  repository.environment.refresh();
  const reachable = new Reachable(repository);
  reachable.update();
  const census = takeCensus(repository, reachable);
  const contentBytes = census.contents.live.rawBytes;
  const chunkBytes = census.chunks.live.rawBytes;
  return {
    ...headTotals(repository),
    commitCount: reachable.commitCount,
    contentCount: census.contents.live.count,
    contentBytes,
    deduplicatedBytes: Math.max(0, census.chunkedBytes - chunkBytes),
    compressedBytes: census.contents.live.savedBytes + census.chunks.live.savedBytes,
    ...sumPacks(census),
    databaseBytes: fileSizeOf(nodeDisk, join(repository.environment.path, 'data.mdb')) ?? 0,
  };
}

function headTotals(repository: OpenRepository): { headFileCount: number; headBytes: number } {
  const tree = repository.headTree();
  if (tree === undefined) return { headFileCount: 0, headBytes: 0 };
  const root = dirNodeOf(requireNode(repository.nodes, tree.rootId, 'dir'));
  const headFileCount = [...root.dataTypeCounts.values()].reduce((sum, count) => sum + count, 0);
  return { headFileCount, headBytes: root.sizeBytes };
}

function sumPacks({ packs }: StorageCensus) {
  const sums = { storedBytes: 0, deadBytes: 0, retiredBytes: 0, packCount: 0, packBytes: 0 };
  for (const { row, fileBytes, liveBytes } of packs.values()) {
    if (fileBytes === 0) continue;
    sums.packCount++;
    sums.packBytes += fileBytes;
    sums.storedBytes += liveBytes;
    if (row.state === 'retired') sums.retiredBytes += fileBytes;
    else sums.deadBytes += Math.max(0, fileBytes - liveBytes);
  }
  return sums;
}
