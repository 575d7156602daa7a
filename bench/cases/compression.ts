/**
 * What compression costs and saves: contents of several kinds appended to a pack raw and compressed, and read back. Real files to
 * measure with beside the generated ones (pictures, parquet) are taken from the folder that $BENCH_SAMPLES names.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bench } from 'tinybench';
import { chunkingThresholdBytes } from '../../src/core/format/chunking.js';
import { getKernel } from '../../src/core/format/hashing.js';
import { recordKinds } from '../../src/core/format/pack-record.js';
import type { PackSlot, PlaceColumns } from '../../src/core/model/jobs.js';
import { StoreEnvironment } from '../../src/core/store/environment.js';
import { PackAllocator } from '../../src/core/store/pack-allocator.js';
import { packDirectoryOf } from '../../src/core/store/pack-files.js';
import { PackReader } from '../../src/core/store/pack-reader.js';
import { PackWriter } from '../../src/core/store/pack-writer.js';
import { seededBytes } from '../data/seeded-bytes.js';

const sampleBytes = 8 * 1024 * 1024;
const chunkBytes = 256 * 1024;

/** Returns the bench, not run yet. The name of a task holds the bytes of the sample and what is stored of it. */
export async function compressionBench(): Promise<Bench> {
  const bench = new Bench({ name: 'compression', time: 500, warmupTime: 200 });
  const control = mkdtempSync(join(tmpdir(), 'oxen-compression-bench-'));
  process.on('exit', () => rmSync(control, { recursive: true, force: true }));
  const environment = await StoreEnvironment.open(control, { create: true });
  const packDirectory = packDirectoryOf(control);
  const allocator = await PackAllocator.open(environment, packDirectory);
  for (const [name, records] of samples()) {
    const slot = allocator.lend();
    const packing = { ...slot, limit: 2 ** 31, compressFrom: 8192 };
    const raw = { ...slot, limit: 2 ** 31 };
    addTasks(bench, name, records, { raw, packing, packDirectory });
  }
  return bench;
}

interface Places {
  readonly raw: PackSlot;
  readonly packing: PackSlot;
  readonly packDirectory: string;
}

function addTasks(bench: Bench, name: string, records: readonly Buffer[], slots: Places): void {
  const total = records.reduce((sum, record) => sum + record.length, 0);
  const stored = append(slots.packing, records).storedLengths.reduce((sum, length) => sum + length);
  const share = `${((stored / total) * 100).toFixed(1)} %`;
  bench.add(`${name}: raw [${total} B]`, () => void append(slots.raw, records));
  bench.add(`${name}: compressed to ${share} [${total} B]`, () => {
    append(slots.packing, records);
  });
  let places = append(slots.packing, []);
  const beforeAll = () => {
    places = append(slots.packing, records);
  };
  bench.add(`${name}: read what was compressed [${total} B]`, () => readAll(slots, places), {
    beforeAll,
  });
}

function append(slot: PackSlot, records: readonly Buffer[]): PlaceColumns {
  const kernel = getKernel();
  const writer = new PackWriter(slot, { inArena: true });
  const hash = new Uint8Array(16);
  for (const record of records) {
    const address = writer.reserve(record.length);
    record.copy(writer.memory, address);
    kernel.hashAt(address, record.length, kernel.digestStart);
    kernel.memory.copy(hash, 0, kernel.digestStart, kernel.digestStart + 16);
    writer.commit(recordKinds.chunk, record.length, hash);
  }
  return writer.finish().places;
}

function readAll({ packing, packDirectory }: Places, places: PlaceColumns): void {
  using reader = new PackReader(packDirectory, { inArena: true });
  for (let row = 0; row < places.count; row++) {
    const storedLength = places.storedLengths[row] ?? 0;
    const place = { packId: packing.packId, offset: places.offsets[row] ?? 0, storedLength };
    reader.read(place, { kind: recordKinds.chunk, hash: places.hashes, hashOffset: row * 16 });
  }
}

function samples(): [string, Buffer[]][] {
  const random = seededBytes('compression');
  const made: [string, Buffer[]][] = [
    ['random, 4 KiB files', cut(random(sampleBytes), 4096)],
    ['random, 100 KiB files', cut(random(sampleBytes), 102_400)],
    ['random, large file', cut(random(sampleBytes), chunkBytes)],
    [
      'csv, large file',
      cut(
        table((row) => `${row.join(',')}\n`),
        chunkBytes,
      ),
    ],
    [
      'csv, 16 KiB files',
      cut(
        table((row) => `${row.join(',')}\n`),
        16_384,
      ),
    ],
    ['jsonl, large file', cut(table(jsonLine), chunkBytes)],
    ['npy float32, large file', cut(normalFloats(), chunkBytes)],
    ['npy int64, large file', cut(smallNumbers(), chunkBytes)],
  ];
  const folder = process.env['BENCH_SAMPLES'];
  if (folder === undefined) return made;
  const found = readdirSync(folder).map((file): [string, Buffer[]] => {
    const bytes = readFileSync(join(folder, file));
    return [file, cut(bytes, bytes.length <= chunkingThresholdBytes ? bytes.length : chunkBytes)];
  });
  return [...made, ...found];
}

function cut(bytes: Buffer, length: number): Buffer[] {
  const count = Math.ceil(bytes.length / length);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * length, (index + 1) * length),
  );
}

const labels = ['cat', 'dog', 'horse', 'lorry', 'bicycle', 'traffic light', 'person', 'bench'];

/** A table of measurements: number of the row, file name, label, four decimals, time. */
function table(format: (row: readonly (number | string)[]) => string): Buffer {
  const random = seededBytes('table');
  const lines: string[] = [];
  for (let row = 0, length = 0; length < sampleBytes; row++) {
    const bytes = random(24);
    const decimals = [0, 4, 8, 12].map((at) => (bytes.readUInt32LE(at) / 2 ** 32).toFixed(6));
    const label = labels[bytes.readUInt8(16) % labels.length] ?? '';
    const time = 1_700_000_000 + row * 30 + (bytes.readUInt8(17) % 30);
    const line = format([
      row,
      `images/train/${bytes.toString('hex', 18)}.jpg`,
      label,
      ...decimals,
      time,
    ]);
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join('')).subarray(0, sampleBytes);
}

function jsonLine([id, file, label, x, y, width, height, time]: readonly (
  | number
  | string
)[]): string {
  return `${JSON.stringify({ id, file, label, box: { x, y, width, height }, time })}\n`;
}

function normalFloats(): Buffer {
  const random = seededBytes('floats');
  const uniform = random(sampleBytes * 2);
  const values = Float32Array.from({ length: sampleBytes / 4 }, (_, index) => {
    const radius = Math.sqrt(-2 * Math.log((uniform.readUInt32LE(index * 8) + 1) / 2 ** 32));
    return radius * Math.cos((2 * Math.PI * uniform.readUInt32LE(index * 8 + 4)) / 2 ** 32);
  });
  return Buffer.from(values.buffer);
}

function smallNumbers(): Buffer {
  const random = seededBytes('numbers')(sampleBytes / 4);
  const values = BigInt64Array.from({ length: sampleBytes / 8 }, (_, index) =>
    BigInt(random.readUInt16LE(index * 2) % 1000),
  );
  return Buffer.from(values.buffer);
}
