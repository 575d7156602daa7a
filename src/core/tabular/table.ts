/** A table as values: columns with types, rows read one at a time. Where it came from and how it is stored does not show. */
import type { TabularField } from '../model/node.js';

/** The values of a row in the order of the columns, as text; null where there is none. */
export type Row = readonly (string | null)[];

/** A table in memory. */
export interface Table {
  readonly columns: readonly TabularField[]; // no name twice
  readonly rowCount: number;
  /** Returns a row; `index` is from 0 to `rowCount` - 1. */
  readRow(index: number): Row;
  /**
   * Returns a text that two rows share only when they have the same values under the same columns; undefined where rows
   * have none. Cheaper than `readRow`.
   */
  textOf(index: number): string | undefined;
}
