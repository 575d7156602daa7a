/**
 * The pack table: rows `pack/<8 hex digits>` of the database `meta`, one for each pack that holds something. A row says
 * how many bytes of the file count; what lies beyond was never acknowledged to anyone.
 *
 * Row: valid length u64, state u8 (0 open, 1 sealed, 2 retired), 7 zero bytes, time of retirement in ms f64; little endian.
 */
import { IntegrityError } from '../model/errors.js';
import type { StoreEnvironment } from './environment.js';
import { MetaStore } from './meta.js';

/** Whether a pack may be appended to: sealed and retired ones may not; retired ones are no longer named by any place. */
export type PackState = 'open' | 'sealed' | 'retired';

/** A row of the pack table. */
export interface PackRow {
  readonly id: number;
  readonly length: number; // bytes of the file that count
  readonly state: PackState;
  readonly retiredAtMs: number; // since 1970; 0 unless retired
}

const states: readonly PackState[] = ['open', 'sealed', 'retired'];
const prefix = 'pack/';
const rowLength = 24;

/** The pack table of one repository. */
export class PackTable {
  readonly #meta: MetaStore;

  constructor(environment: StoreEnvironment) {
    this.#meta = new MetaStore(environment);
  }

  /**
   * Returns the row of pack `id`, undefined when it has none.
   * @throws IntegrityError when it is damaged
   */
  get(id: number): PackRow | undefined {
    const value = this.#meta.get(keyOf(id));
    return value === undefined ? undefined : decodeRow(id, value);
  }

  /**
   * Returns all rows, ascending by id.
   * @throws IntegrityError when one is damaged
   */
  list(): PackRow[] {
    return Array.from(this.#meta.entries(prefix), ([key, value]) =>
      decodeRow(Number.parseInt(key.slice(prefix.length), 16), value),
    );
  }

  /** Stores a row; only inside a transaction. */
  put(row: PackRow): void {
    const value = Buffer.alloc(rowLength);
    value.writeBigUInt64LE(BigInt(row.length));
    value[8] = states.indexOf(row.state);
    value.writeDoubleLE(row.retiredAtMs, 16);
    this.#meta.put(keyOf(row.id), value);
  }

  /** Removes the row of pack `id`; only inside a transaction. */
  remove(id: number): void {
    this.#meta.remove(keyOf(id));
  }
}

function keyOf(id: number): string {
  return prefix + id.toString(16).padStart(8, '0');
}

function decodeRow(id: number, value: Uint8Array): PackRow {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  const state = states[bytes[8] ?? 255];
  if (bytes.length !== rowLength || state === undefined) {
    throw new IntegrityError(`The row of pack ${id} in the pack table is not valid.`);
  }
  return {
    id,
    length: Number(bytes.readBigUInt64LE()),
    state,
    retiredAtMs: bytes.readDoubleLE(16),
  };
}
