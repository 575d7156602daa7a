/** Chooses which part of the packs a check of a sample reads: what was not checked for the longest time. */
import { recordHeaderLength } from '../format/pack-record.js';
import type { OpenRepository } from '../repository.js';
import { CheckLedger, ledgerPartBytes, type PackPart } from '../store/check-ledger.js';
import { PackTable } from '../store/pack-table.js';
import type { StoredPlace } from '../store/version-store.js';

/** What a sample came to. */
export interface SampleReport {
  readonly totalBytes: number; // of all stored contents
  readonly sampleBytes: number; // of the parts that were chosen
  readonly uncheckedBytes: number; // that no sample has ever reached, after this one
  readonly oldestMs: number; // the longest ago that any other part was checked, ms since 1970; 0 when none was
}

interface WeighedPart extends PackPart {
  bytes: number; // records that start in it
  readonly checkedAtMs: number;
}

/** The parts of one check. */
export class CheckSample {
  readonly #repository: OpenRepository;
  readonly #ledger: CheckLedger;
  readonly #parts: readonly WeighedPart[]; // all, the oldest first
  readonly #chosen = new Map<string, WeighedPart>();
  readonly #failed = new Set<string>();

  /** @param share of the stored bytes, above 0, at most 1 */
  constructor(repository: OpenRepository, share: number) {
    this.#repository = repository;
    this.#ledger = new CheckLedger(repository.meta);
    this.#parts = listParts(repository, this.#ledger);
    const wanted = sumBytes(this.#parts) * share;
    let bytes = 0;
    for (const part of this.#parts) {
      if (bytes >= wanted) break;
      this.#chosen.set(nameOf(part), part);
      bytes += part.bytes;
    }
  }

  /** Says whether the record at `offset` of a pack belongs to the sample. */
  includes(packId: number, offset: number): boolean {
    return this.#chosen.has(nameOf(partAt(packId, offset)));
  }

  /** Notes that the record at `offset` of a pack is damaged: its part does not count as checked. */
  fail(packId: number, offset: number): void {
    this.#failed.add(nameOf(partAt(packId, offset)));
  }

  /** Records durably what was checked, and tells how the repository stands. */
  record(timeMs: number): SampleReport {
    const done = [...this.#chosen].filter(([name]) => !this.#failed.has(name));
    const packIds = new Set(new PackTable(this.#repository.environment).list().map(({ id }) => id));
    this.#repository.environment.transaction(() => {
      this.#ledger.mark(
        done.map(([, part]) => part),
        timeMs,
      );
      this.#ledger.keepOnly(packIds);
    });
    const now = this.#parts.map((part) => ({
      bytes: part.bytes,
      checkedAtMs: this.#ledger.checkedAtMs(part),
    }));
    const checked = now.filter(({ checkedAtMs }) => checkedAtMs > 0);
    const oldestMs = checked.reduce((least, part) => Math.min(least, part.checkedAtMs), timeMs);
    return {
      totalBytes: sumBytes(now),
      sampleBytes: sumBytes([...this.#chosen.values()]),
      uncheckedBytes: sumBytes(now.filter(({ checkedAtMs }) => checkedAtMs === 0)),
      oldestMs: checked.length === 0 ? 0 : oldestMs,
    };
  }
}

function listParts({ versions }: OpenRepository, ledger: CheckLedger): WeighedPart[] {
  const parts = new Map<string, WeighedPart>();
  const take = ({ place }: StoredPlace): void => {
    const part = partAt(place.packId, place.offset);
    const name = nameOf(part);
    const known = parts.get(name) ?? { ...part, bytes: 0, checkedAtMs: ledger.checkedAtMs(part) };
    known.bytes += recordHeaderLength + place.storedLength;
    parts.set(name, known);
  };
  for (const stored of versions.contents()) take(stored);
  for (const stored of versions.chunks()) take(stored);
  return [...parts.values()].sort(
    (a, b) => a.checkedAtMs - b.checkedAtMs || a.packId - b.packId || a.part - b.part,
  );
}

function partAt(packId: number, offset: number): PackPart {
  return { packId, part: Math.floor(offset / ledgerPartBytes) };
}

function nameOf({ packId, part }: PackPart): string {
  return `${packId}:${part}`;
}

function sumBytes(parts: readonly { readonly bytes: number }[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}
