/** Packs that tests lend to ingest jobs, and a look at what was appended to them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  decodeManifest,
  type RecordKind,
  recordKinds,
} from '../../../src/core/format/pack-record.js';
import { type Hash, hashFromBytes } from '../../../src/core/model/hash.js';
import type { PackSlot, PlaceColumns } from '../../../src/core/model/jobs.js';
import { packPath } from '../../../src/core/store/pack-files.js';
import { PackReader } from '../../../src/core/store/pack-reader.js';

/** A directory of packs that goes when the test ends. */
export class TestPacks {
  readonly directory: string;
  #count = 0;

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'oxen-packs-'));
    onTestFinished(() => rmSync(this.directory, { recursive: true, force: true }));
  }

  /** Lends a new pack of up to `limit` bytes. */
  lend(limit = 1 << 30): PackSlot {
    const packId = this.#count++;
    const path = packPath(this.directory, packId);
    writeFileSync(path, '');
    return { packId, path, offset: 0, limit };
  }

  /** Reads and checks the records of `places` in the pack of `slot`: kind and content by hash. */
  records(slot: PackSlot, places: PlaceColumns): Map<Hash, { kind: number; content: Buffer }> {
    const reader = new PackReader(this.directory);
    const records = new Map<Hash, { kind: number; content: Buffer }>();
    for (let row = 0; row < places.count; row++) {
      const kind = (places.kinds[row] ?? 0) as RecordKind;
      const place = {
        packId: slot.packId,
        offset: places.offsets[row] ?? 0,
        storedLength: places.storedLengths[row] ?? 0,
      };
      const expected = { kind, hash: places.hashes, hashOffset: row * 16 };
      const content = Buffer.from(reader.read(place, expected).content);
      records.set(hashFromBytes(places.hashes, row * 16), { kind, content });
    }
    reader.close();
    return records;
  }
}

/** Puts the content of a manifest among `records` together. */
export function assemble(
  records: ReadonlyMap<Hash, { kind: number; content: Buffer }>,
  hash: Hash,
): Buffer {
  const manifest = records.get(hash);
  if (manifest?.kind !== recordKinds.manifest) throw new Error('no manifest');
  const { chunkHashes } = decodeManifest(manifest.content);
  const chunks: Buffer[] = [];
  for (let at = 0; at < chunkHashes.length; at += 16) {
    const chunk = records.get(hashFromBytes(chunkHashes, at));
    if (chunk?.kind !== recordKinds.chunk) throw new Error('no chunk');
    chunks.push(chunk.content);
  }
  return Buffer.concat(chunks);
}
