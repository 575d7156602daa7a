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
  readonly removals?: readonly string[]; // names to drop, ascending bytewise; a name that is also put stays
}

/**
 * Returns the runs that hold the rows of `old` with the changes applied, each of at most `maxRows` rows and of
 * about equal size; an empty list when no row is left. `old` must ascend and not overlap.
 */
export function spliceRuns<Run extends NamedRun>(
  codec: RunCodec<Run>,
  old: readonly Run[],
  changes: RunChanges<Run>,
  maxRows: number = maxRunRows,
): Uint8Array[] {
  const rows = planRows(old, changes);
  const pieces = Math.ceil(rows.length / maxRows);
  const result: Uint8Array[] = [];
  for (let piece = 0; piece < pieces; piece++) {
    const start = Math.floor((rows.length * piece) / pieces);
    const end = Math.floor((rows.length * (piece + 1)) / pieces);
    const builder = codec.build(end - start);
    for (let row = start; row < end; row++) {
      const place = rows[row];
      if (place !== undefined) builder.appendFrom(place.run, place.index);
    }
    result.push(builder.finish());
  }
  return result;
}

interface RowPlace<Run> {
  readonly run: Run;
  readonly index: number;
  readonly name: string;
}

/** Decides which rows stand in the result, in order. */
function planRows<Run extends NamedRun>(
  old: readonly Run[],
  changes: RunChanges<Run>,
): RowPlace<Run>[] {
  const kept = listRows(old);
  const put = listRows(changes.upserts);
  const removals = changes.removals ?? [];
  const rows: RowPlace<Run>[] = [];
  let next = 0;
  let removal = 0;
  for (const place of kept) {
    while (next < put.length && compareBytewise(put[next]?.name ?? '', place.name) < 0) {
      rows.push(put[next++] as RowPlace<Run>);
    }
    while (removal < removals.length && compareBytewise(removals[removal] ?? '', place.name) < 0) {
      removal++;
    }
    if (put[next]?.name === place.name) rows.push(put[next++] as RowPlace<Run>);
    else if (removals[removal] !== place.name) rows.push(place);
  }
  for (; next < put.length; next++) rows.push(put[next] as RowPlace<Run>);
  return rows;
}

function listRows<Run extends NamedRun>(runs: readonly Run[]): RowPlace<Run>[] {
  return runs.flatMap((run) => run.names.all.map((name, index) => ({ run, index, name })));
}
