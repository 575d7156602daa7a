/**
 * Merging of runs: new rows replace or join old ones, removed names go, and the result is cut into runs of at
 * most 512 rows. First the order of the surviving rows is planned from the names alone, then the rows are copied.
 */
import { compareBytewise } from '../model/path.js';
import { maxRunRows } from './column-run.js';
import type { NameColumn } from './name-column.js';

/** What merging needs to know of a run. */
export interface NamedRun {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly names: NameColumn;
}

/** Copies rows of runs of type `Run` into a new run. */
export interface RowCopier<Run extends NamedRun> {
  appendFrom(run: Run, index: number): void;
  finish(): Uint8Array;
}

/** How to read and write one kind of run. */
export interface RunCodec<Run extends NamedRun> {
  /**
   * Opens stored bytes.
   * @throws IntegrityError when they are damaged
   */
  open(bytes: Uint8Array): Run;
  /** Starts a new run of about `expected` rows. */
  build(expected: number): RowCopier<Run>;
}

/** What to change in a list of runs. */
export interface RunChanges<Run extends NamedRun> {
  readonly upserts: readonly Run[]; // rows to add or to put in the place of rows of the same name; ascending, not overlapping
  readonly removals?: readonly string[]; // names to drop, in any order; a name that is also put stays
}

/** A row of a run, with its name. */
export interface RowPlace<Run extends NamedRun> {
  readonly run: Run;
  readonly index: number;
  readonly name: string;
}

/** Returns all rows of the runs in order. */
export function listRows<Run extends NamedRun>(runs: readonly Run[]): RowPlace<Run>[] {
  return runs.flatMap((run) => run.names.all.map((name, index) => ({ run, index, name })));
}

/** Returns the rows of `kept` and `put` in the order of their names; of equal names that of `put`, of removed ones none. */
export function mergeRows<Run extends NamedRun>(
  kept: readonly RowPlace<Run>[],
  put: readonly RowPlace<Run>[],
  removals: readonly string[],
): RowPlace<Run>[] {
  const gone = new Set(removals);
  const rows: RowPlace<Run>[] = [];
  let next = 0;
  for (const place of kept) {
    for (let row = put[next]; row !== undefined; row = put[++next]) {
      if (compareBytewise(row.name, place.name) > 0) break;
      rows.push(row);
    }
    if (rows[rows.length - 1]?.name !== place.name && !gone.has(place.name)) rows.push(place);
  }
  for (const row of put.slice(next)) rows.push(row);
  return rows;
}

/** Returns runs of about equal size, of at most `maxRows` rows each, that hold the rows. */
export function buildRuns<Run extends NamedRun>(
  codec: RunCodec<Run>,
  rows: readonly RowPlace<Run>[],
  maxRows: number = maxRunRows,
): Uint8Array[] {
  const whole = wholeRun(rows, maxRows);
  if (whole !== undefined) return [whole.bytes];
  const pieces = Math.ceil(rows.length / maxRows);
  const result: Uint8Array[] = [];
  for (let piece = 0; piece < pieces; piece++) {
    const start = Math.floor((rows.length * piece) / pieces);
    const end = Math.floor((rows.length * (piece + 1)) / pieces);
    const builder = codec.build(end - start);
    for (const { run, index } of rows.slice(start, end)) builder.appendFrom(run, index);
    result.push(builder.finish());
  }
  return result;
}

/** Returns the run that the rows are all of, undefined when there is none or it is too long. */
function wholeRun<Run extends NamedRun>(
  rows: readonly RowPlace<Run>[],
  maxRows: number,
): Run | undefined {
  const run = rows[0]?.run;
  if (run === undefined || run.count !== rows.length || run.count > maxRows) return undefined;
  return rows.every((row) => row.run === run) ? run : undefined;
}
