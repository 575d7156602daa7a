/**
 * Makes the rows of contents, chunks and large nodes anew by reading all packs, for a database that lost them. What lies in the
 * database alone does not come back: references, commits, small nodes; they are fetched from another repository.
 */

import { recordKindNames } from '../format/pack-record.js';
import { hashBytesLength } from '../model/hash.js';
import type { PlaceColumns } from '../model/jobs.js';
import { type Disk, nodeDisk } from './disk.js';
import type { StoreEnvironment } from './environment.js';
import type { LmdbNodeStore } from './node-store.js';
import { packIdOf, packPath } from './pack-files.js';
import { type PackScan, scanPack } from './pack-scan.js';
import { PackTable } from './pack-table.js';
import type { PackVersionStore } from './version-store.js';

/** What rebuilding found. */
export interface RebuildReport {
  readonly packCount: number;
  readonly recordCounts: ReadonlyMap<string, number>; // by the name of the record kind
  readonly problems: readonly string[]; // full sentences
}

/** Settings of `rebuildIndex`. */
export interface RebuildOptions {
  readonly disk?: Disk;
  readonly onPack?: (packId: number) => void; // called when a pack is done
}

/**
 * Reads all packs in `packDirectory` and puts rows for what they hold; rows that are there already are kept where they are better.
 * Each pack is one transaction. The caller holds the locks `worktree` and `gc`.
 * @throws OperationError when a pack cannot be read or the database not written
 */
export function rebuildIndex(
  environment: StoreEnvironment,
  stores: { readonly versions: PackVersionStore; readonly nodes: LmdbNodeStore },
  packDirectory: string,
  options: RebuildOptions = {},
): RebuildReport {
  const disk = options.disk ?? nodeDisk;
  const table = new PackTable(environment);
  const recordCounts = new Map<string, number>();
  const problems: string[] = [];
  const ids = listPacks(disk, packDirectory);
  for (const id of ids) {
    const known = table.get(id);
    const path = packPath(packDirectory, id);
    const scan = scanPack(path, { disk });
    describeProblems(path, scan, known?.length ?? scan.end, problems);
    environment.transaction(() => {
      const group = { packId: id, places: scan.places };
      stores.versions.putPlaces([group]);
      // Who made a node is not in its record. Taken for foreign, it is never trusted to follow our rule.
      stores.nodes.putPlaces([group], { origin: 'foreign' });
      const state = known?.state === 'sealed' ? 'sealed' : 'open';
      table.put({ id, length: scan.end, state, retiredAtMs: 0 });
    });
    countKinds(scan.places, recordCounts);
    options.onPack?.(id);
  }
  return { packCount: ids.length, recordCounts, problems };
}

function listPacks(disk: Disk, packDirectory: string): number[] {
  const ids = disk.list(packDirectory).map(packIdOf);
  return ids.filter((id) => id !== undefined).sort((left, right) => left - right);
}

/** Describes what is wrong in the part of a pack that was ever recorded; a torn tail behind it is nothing to report. */
function describeProblems(
  path: string,
  scan: PackScan,
  recordedLength: number,
  problems: string[],
): void {
  for (const { offset, message } of scan.problems) {
    problems.push(`The record at ${offset} of pack ${path} is lost: ${message}.`);
  }
  if (scan.end < recordedLength) {
    problems.push(
      `The pack ${path} lost the ${recordedLength - scan.end} bytes after ${scan.end}.`,
    );
  }
}

function countKinds(places: PlaceColumns, counts: Map<string, number>): void {
  for (let row = 0; row * hashBytesLength < places.hashes.length; row++) {
    const name = recordKindNames[places.kinds[row] ?? 0] ?? '';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
}
