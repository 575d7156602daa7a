import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashInto } from '../../../src/core/format/hashing.js';
import { recordHeaderLength, recordKinds } from '../../../src/core/format/pack-record.js';
import type { PackSlot } from '../../../src/core/model/jobs.js';
import { StoreEnvironment } from '../../../src/core/store/environment.js';
import { decodeNodeBody } from '../../../src/core/store/node-record.js';
import { PackAllocator } from '../../../src/core/store/pack-allocator.js';
import { packDirectoryOf, packPath } from '../../../src/core/store/pack-files.js';
import { PackReader } from '../../../src/core/store/pack-reader.js';
import { PackTable } from '../../../src/core/store/pack-table.js';
import { PackWriter, type WrittenRecords } from '../../../src/core/store/pack-writer.js';
import { nextLine, startModule } from '../../helpers/child.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

let environment: StoreEnvironment;
let packDirectory: string;
let control: string;
const allocators: PackAllocator[] = [];

beforeEach(async () => {
  control = temporaryDirectory();
  environment = await StoreEnvironment.open(control, { create: true });
  packDirectory = packDirectoryOf(control);
});

afterEach(async () => {
  for (const allocator of allocators.splice(0)) allocator.close();
  await environment.close();
});

async function allocate(targetBytes?: number): Promise<PackAllocator> {
  const options = targetBytes === undefined ? {} : { targetBytes };
  const allocator = await PackAllocator.open(environment, packDirectory, options);
  allocators.push(allocator);
  return allocator;
}

function hashOf(bytes: Uint8Array): Uint8Array {
  const hash = new Uint8Array(16);
  hashInto(bytes, hash, 0);
  return hash;
}

function writeContents(
  slot: PackSlot,
  contents: readonly Uint8Array[],
  inArena = false,
): WrittenRecords {
  const writer = new PackWriter(slot, { inArena });
  for (const content of contents) {
    const address = writer.reserve(content.length);
    writer.memory.set(content, address);
    writer.commit(recordKinds.content, content.length, hashOf(content));
  }
  return writer.finish();
}

function readAll(reader: PackReader, packId: number, { places }: WrittenRecords): Buffer[] {
  return Array.from(places.offsets, (offset, index) => {
    const place = { packId, offset, storedLength: places.storedLengths[index] ?? 0 };
    const expected = { kind: recordKinds.content, hash: places.hashes, hashOffset: index * 16 };
    return Buffer.from(reader.read(place, expected).content);
  });
}

/** Compares buffers as a whole: vitest goes through them byte by byte. */
function expectSame(found: readonly Uint8Array[], wanted: readonly Uint8Array[]): void {
  expect(found.map((bytes) => bytes.length)).toEqual(wanted.map((bytes) => bytes.length));
  expect(Buffer.concat(found).equals(Buffer.concat(wanted))).toBe(true);
}

describe('records', () => {
  test.each([false, true])('come back as they were written (in the arena: %s)', async (inArena) => {
    const allocator = await allocate(2 ** 31);
    const reader = new PackReader(packDirectory, { inArena });
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 0, max: 1_500_000 }).map((length) => Buffer.alloc(length, length % 251)),
    );
    fc.assert(
      fc.property(fc.array(content, { maxLength: 12 }), (raw) => {
        const contents = raw.map((bytes) => Buffer.from(bytes)).filter((b) => b.length < 1_000_000);
        const slot = allocator.lend();
        const written = writeContents(slot, contents, inArena);
        allocator.giveBack(slot, written.slotEnd);
        expectSame(readAll(reader, slot.packId, written), contents);
      }),
      { numRuns: 30 },
    );
    reader.close();
  });

  test('of any size are appended from elsewhere', async () => {
    const allocator = await allocate();
    const slot = allocator.lend();
    const contents = [3, 200_000, 70_000, 5_000_000, 0].map((length) => Buffer.alloc(length, 9));
    const writer = new PackWriter(slot);
    for (const content of contents) {
      const lengths = { storedLength: content.length, rawLength: content.length };
      const fields = { kind: recordKinds.content, codec: 0, ...lengths, hash: hashOf(content) };
      writer.append(fields, content);
    }
    const written = writer.finish();
    expectSame(readAll(new PackReader(packDirectory), slot.packId, written), contents);
  });

  test.each([false, true])('of nodes come back (compressed: %s)', async (compress) => {
    const allocator = await allocate();
    const slot = allocator.lend();
    const writer = new PackWriter(slot);
    const id = hashOf(Buffer.from('id'));
    const node = Buffer.alloc(50, 1);
    const children = Buffer.alloc(9000, 'children');
    writer.appendNode(id, node, children, compress);
    const { places } = writer.finish();
    expect((places.storedLengths[0] ?? 0) < 1000).toBe(compress);
    const place = { packId: slot.packId, offset: 0, storedLength: places.storedLengths[0] ?? 0 };
    const reader = new PackReader(packDirectory);
    const { content } = reader.read(place, { kind: recordKinds.node, hash: id });
    expect(decodeNodeBody(content)).toEqual({ node, children });
  });

  test('are read in any order, from many packs, with few of them open', async () => {
    const allocator = await allocate(100_000);
    const contents = Array.from({ length: 400 }, (_, index) => Buffer.alloc(2000, `${index} `));
    const placed: [number, WrittenRecords][] = [];
    for (let start = 0; start < contents.length; start += 20) {
      const slot = allocator.lend();
      const written = writeContents(slot, contents.slice(start, start + 20));
      allocator.giveBack(slot, written.slotEnd);
      placed.push([slot.packId, written]);
    }
    const reader = new PackReader(packDirectory, { largestOpenCount: 2 });
    expect(readdirSync(packDirectory).length).toBeGreaterThan(5);
    for (const [group, [packId, written]] of [...placed.entries()].reverse()) {
      expectSame(readAll(reader, packId, written), contents.slice(group * 20, group * 20 + 20));
    }
    reader.close();
  });

  test('with any flipped bit are refused', async () => {
    const allocator = await allocate();
    const slot = allocator.lend();
    const written = writeContents(slot, [Buffer.from('some content of a file')]);
    const bits = (recordHeaderLength + 22) * 8;
    for (let bit = 0; bit < bits; bit += 5) {
      const good = readFileSync(slot.path);
      const bad = Buffer.from(good);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      overwrite(slot.path, bad);
      expect(() => readAll(new PackReader(packDirectory), slot.packId, written)).toThrow(
        `The record at 0 of pack ${slot.path} is damaged`,
      );
      overwrite(slot.path, good);
    }
  });

  test('are read anew where a stopped writer had left others', async () => {
    const allocator = await allocate();
    const reader = new PackReader(packDirectory);
    const slot = allocator.lend();
    const kept = writeContents(slot, [Buffer.alloc(100, 1)]);
    writeContents({ ...slot, offset: kept.slotEnd }, [Buffer.alloc(200, 2)]);
    expectSame(readAll(reader, slot.packId, kept), [Buffer.alloc(100, 1)]);
    const next = writeContents({ ...slot, offset: kept.slotEnd }, [Buffer.alloc(150, 3)]);
    expectSame(readAll(reader, slot.packId, next), [Buffer.alloc(150, 3)]);
  });

  test('that are cut off, or whose pack is gone, are reported', async () => {
    const allocator = await allocate();
    const slot = allocator.lend();
    const written = writeContents(slot, [Buffer.alloc(5000, 1)]);
    truncateSync(slot.path, 4000);
    const reader = new PackReader(packDirectory);
    expect(() => readAll(reader, slot.packId, written)).toThrow('the pack is cut off');
    expect(() => readAll(reader, slot.packId + 1, written)).toThrow('is missing');
  });
});

describe('PackAllocator', () => {
  const content = Buffer.alloc(1000, 3);

  async function add(allocator: PackAllocator, count = 1): Promise<PackSlot> {
    const slot = allocator.lend();
    allocator.giveBack(slot, writeContents(slot, Array(count).fill(content)).slotEnd);
    await allocator.commit(() => undefined);
    return slot;
  }

  test('lends a pack to one job at a time', async () => {
    const allocator = await allocate();
    const slots = [allocator.lend(), allocator.lend(), allocator.lend()];
    expect(new Set(slots.map((slot) => slot.packId)).size).toBe(3);
    const [first] = slots;
    if (first === undefined) throw new Error('no slot');
    allocator.giveBack(first, first.offset);
    expect(allocator.lend().packId).toBe(first.packId);
  });

  test('continues unrecorded bytes directly and recorded ones at the next block', async () => {
    const allocator = await allocate();
    const first = allocator.lend();
    const { slotEnd } = writeContents(first, [content]);
    allocator.giveBack(first, slotEnd);
    const second = allocator.lend();
    expect(second).toMatchObject({ packId: first.packId, offset: slotEnd });
    allocator.giveBack(second, second.offset);
    await allocator.commit(() => undefined);
    expect(allocator.lend()).toMatchObject({ packId: first.packId, offset: 4096 });
  });

  test('continues the last unfilled pack of an earlier command', async () => {
    const first = await allocate();
    const slot = await add(first);
    first.close();
    const second = await allocate();
    expect(await add(second)).toMatchObject({ packId: slot.packId, offset: 4096 });
    expect(readdirSync(packDirectory)).toHaveLength(1);
    expect(new PackTable(environment).get(slot.packId)?.length).toBe(4096 + 1048);
  });

  test('starts another pack when one is full, and lets go of it', async () => {
    const allocator = await allocate(10_000);
    const ids = [];
    for (let round = 0; round < 4; round++) ids.push((await add(allocator, 11)).packId);
    expect(ids).toEqual([1, 2, 3, 4]);
    const other = await allocate(10_000);
    expect((await add(other)).packId).toBe(5);
  });

  test('cuts a tail that was never recorded, when nobody holds the pack', async () => {
    const first = await allocate();
    const slot = await add(first);
    const length = statSync(slot.path).size;
    const late = first.lend();
    writeContents(late, [content]);
    const second = await allocate();
    expect(second.lend().packId).not.toBe(slot.packId);
    expect(statSync(slot.path).size).toBeGreaterThan(length);
    second.close();
    first.close();
    const third = await allocate();
    expect(third.lend()).toMatchObject({ packId: slot.packId, offset: 4096 });
    expect(statSync(slot.path).size).toBe(length);
  });

  test('removes what it did not record when it is closed', async () => {
    const allocator = await allocate();
    const slot = allocator.lend();
    allocator.giveBack(slot, writeContents(slot, [content]).slotEnd);
    allocator.close();
    expect(existsSync(slot.path)).toBe(false);
  });

  test('does not continue a pack that lost bytes', async () => {
    const first = await allocate();
    const slot = await add(first);
    first.close();
    truncateSync(slot.path, 100);
    const second = await allocate();
    expect(second.lend().packId).not.toBe(slot.packId);
    expect(statSync(slot.path).size).toBe(100);
  });

  test('records nothing when the transaction fails', async () => {
    const allocator = await allocate();
    const slot = allocator.lend();
    allocator.giveBack(slot, writeContents(slot, [content]).slotEnd);
    const failing = allocator.commit(() => {
      throw new Error('stop');
    });
    await expect(failing).rejects.toThrow('stop');
    expect(new PackTable(environment).list()).toEqual([]);
    await allocator.commit(() => undefined);
    expect(new PackTable(environment).get(slot.packId)?.length).toBe(1048);
  });

  test('leaves a pack alone that another process appends to, until that process ends', async () => {
    const first = await allocate();
    const slot = await add(first);
    first.close();
    const child = startModule(
      `import { StoreEnvironment } from './src/core/store/environment.ts';
       import { PackAllocator } from './src/core/store/pack-allocator.ts';
       const environment = await StoreEnvironment.open(process.argv[2]);
       const allocator = await PackAllocator.open(environment, process.argv[3]);
       console.log(allocator.lend().packId);
       process.stdin.resume();`,
      [control, packDirectory],
    );
    const ended = new Promise((done) => child.once('exit', done));
    expect(await nextLine(child)).toBe(String(slot.packId));
    const second = await allocate();
    expect(second.lend().packId).not.toBe(slot.packId);
    second.close();
    child.kill('SIGKILL');
    await ended;
    const third = await allocate();
    expect(third.lend().packId).toBe(slot.packId);
  });
});

function overwrite(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, 0);
  closeSync(file);
}

test('packs are named by eight hex digits', () => {
  expect(packPath('p', 0x1af)).toBe(join('p', '000001af.pack'));
});
