/** Contents stored in packs of a temporary directory, in the form in which the job `materialise` is told about them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { FileIndexRun, FileIndexRunBuilder } from '../../../src/core/format/file-index-run.js';
import { hashInto } from '../../../src/core/format/hashing.js';
import { recordKinds } from '../../../src/core/format/pack-record.js';
import type {
  ContentPieces,
  MaterialiseInput,
  MaterialiseOutput,
  PlaceColumns,
} from '../../../src/core/model/jobs.js';
import { joinNames } from '../../../src/core/model/name-list.js';
import { packPath } from '../../../src/core/store/pack-files.js';
import { PackWriter } from '../../../src/core/store/pack-writer.js';

const packId = 7;

/** A content as one record, or cut into the given parts. */
export type StoredContent = Uint8Array | string | readonly Uint8Array[];

/** The part of a job's input that says what to write. */
export type FilesToWrite = Omit<MaterialiseInput, 'root' | 'directory' | 'replace' | 'isWhole'>;

/** Writes the contents into one pack and returns the input of a job that writes them as files of these names. */
export function packFiles(files: Readonly<Record<string, StoredContent>>): FilesToWrite {
  const packDirectory = mkdtempSync(join(tmpdir(), 'oxen-packs-'));
  onTestFinished(() => rmSync(packDirectory, { recursive: true, force: true }));
  mkdirSync(packDirectory, { recursive: true });
  const path = packPath(packDirectory, packId);
  writeFileSync(path, '');
  const writer = new PackWriter({ packId, path, offset: 0, limit: 1 << 30 });
  const names = Object.keys(files);
  const hashes = new Uint8Array(names.length * 16);
  const pieceCounts: number[] = [];
  names.forEach((name, index) => {
    const content = files[name] ?? '';
    const isWhole = typeof content === 'string' || content instanceof Uint8Array;
    const parts = isWhole ? [Buffer.from(content)] : content.map((part) => Buffer.from(part));
    hashInto(Buffer.concat(parts), hashes, index * 16);
    pieceCounts.push(parts.length);
    const kind = isWhole ? recordKinds.content : recordKinds.chunk;
    for (const part of parts) appendRaw(writer, kind, part);
  });
  const { places } = writer.finish();
  return {
    names: joinNames(names),
    hashes,
    pieceCounts: Uint32Array.from(pieceCounts),
    pieces: toPieces(places),
    packDirectory,
  };
}

/** Path of the pack in which `files` lie. */
export function packOf(files: FilesToWrite): string {
  return packPath(files.packDirectory, packId);
}

function appendRaw(writer: PackWriter, kind: number, bytes: Uint8Array): void {
  const hash = new Uint8Array(16);
  hashInto(bytes, hash, 0);
  const fields = { kind, codec: 0, storedLength: bytes.length, rawLength: bytes.length, hash };
  writer.append(fields, bytes);
}

function toPieces(places: PlaceColumns): ContentPieces {
  return { ...places, packIds: new Uint32Array(places.count).fill(packId) };
}

/** Returns the rows of the few files that a job has written. */
export function rowsOf({ runs: [run] }: MaterialiseOutput): FileIndexRun {
  return new FileIndexRun(run ?? new FileIndexRunBuilder(0).finish());
}
