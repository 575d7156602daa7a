/**
 * When which part of the packs was read and found good: a time for each MiB of each pack. Checks of a sample go through the packs by
 * it, the part first that was not looked at for the longest time.
 */
import type { MetaStore } from './meta.js';

/** Bytes of a pack that share a time, by where the headers of records stand. */
export const ledgerPartBytes = 1024 * 1024;

/** A part of a pack. */
export interface PackPart {
  readonly packId: number;
  readonly part: number; // offset in the pack divided by `ledgerPartBytes`
}

const prefix = 'checked/';
const timeBytes = 8;

/** The ledger of one repository. */
export class CheckLedger {
  readonly #meta: MetaStore;
  readonly #rows = new Map<number, Uint8Array>();

  constructor(meta: MetaStore) {
    this.#meta = meta;
  }

  /** Returns when a part was checked, in ms since 1970; 0 when it never was. */
  checkedAtMs({ packId, part }: PackPart): number {
    const row = this.#row(packId);
    const end = (part + 1) * timeBytes;
    return end > row.length ? 0 : viewOf(row).getFloat64(part * timeBytes, true);
  }

  /** Records that parts were checked now; only inside a transaction. */
  mark(parts: Iterable<PackPart>, timeMs: number): void {
    const changed = new Set<number>();
    for (const { packId, part } of parts) {
      const row = grown(this.#row(packId), (part + 1) * timeBytes);
      viewOf(row).setFloat64(part * timeBytes, timeMs, true);
      this.#rows.set(packId, row);
      changed.add(packId);
    }
    for (const packId of changed) this.#meta.put(keyOf(packId), this.#row(packId));
  }

  /** Forgets packs that are not there any more; only inside a transaction. */
  keepOnly(packIds: ReadonlySet<number>): void {
    for (const key of this.#meta.keys(prefix)) {
      if (!packIds.has(Number.parseInt(key.slice(prefix.length), 16))) this.#meta.remove(key);
    }
  }

  #row(packId: number): Uint8Array {
    const known = this.#rows.get(packId);
    if (known !== undefined) return known;
    const row = new Uint8Array(this.#meta.get(keyOf(packId)) ?? []);
    this.#rows.set(packId, row);
    return row;
  }
}

function keyOf(packId: number): string {
  return prefix + packId.toString(16).padStart(8, '0');
}

function viewOf(row: Uint8Array): DataView {
  return new DataView(row.buffer, row.byteOffset, row.length);
}

function grown(row: Uint8Array, length: number): Uint8Array {
  if (row.length >= length) return row;
  const larger = new Uint8Array(length);
  larger.set(row);
  return larger;
}
