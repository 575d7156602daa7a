import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  FileIndexRun,
  FileIndexRunBuilder,
  fileIndexRunCodec,
} from '../../../src/core/format/file-index-run.js';
import {
  buildRuns,
  listRows,
  mergeRows,
  type NamedRun,
  type RunCodec,
} from '../../../src/core/format/splice-runs.js';
import {
  type StagedRow,
  StagedRun,
  StagedRunBuilder,
  stagedRunCodec,
} from '../../../src/core/format/staged-run.js';
import { IntegrityError } from '../../../src/core/model/errors.js';
import { compareBytewise, sortBytewise } from '../../../src/core/model/path.js';

const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .filter((text) => text.isWellFormed() && !text.includes('\0'));
const names = fc.uniqueArray(name, { maxLength: 60 }).map((list) => sortBytewise(list));
const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const stat = fc.record({
  size: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  mtimeMs: number,
  ctimeMs: number,
  ino: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  mode: fc.integer({ min: 0, max: 0xffffffff }),
});
const hash = fc.uint8Array({ minLength: 16, maxLength: 16 });
const stagedRow: fc.Arbitrary<StagedRow> = fc.record({
  status: fc.constantFrom(0, 1, 2),
  kind: fc.constantFrom(0, 1),
  hash,
  sizeBytes: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  mtimeSeconds: fc.integer({ min: -1e11, max: 1e11 }),
  mtimeNanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
  dataType: fc.integer({ min: 0, max: 6 }),
  mimeType: fc.constantFrom('text/plain', 'image/jpeg', 'application/octet-stream', ''),
  metadataHash: fc.option(hash, { nil: undefined }),
  metadata: fc.uint8Array({ maxLength: 40 }),
});

function indexRun(entries: readonly string[], mark = 0): FileIndexRun {
  const builder = new FileIndexRunBuilder(1);
  for (const entry of entries) {
    const numbers = { size: mark, mtimeMs: 1.5, ctimeMs: 2.5, ino: 3, mode: 0o100644 };
    builder.append(entry, numbers, new Uint8Array(16).fill(mark));
  }
  return new FileIndexRun(builder.finish());
}

function splice<Run extends NamedRun>(
  codec: RunCodec<Run>,
  old: readonly Run[],
  put: readonly Run[],
  removals: readonly string[],
  maxRows: number,
): Uint8Array[] {
  return buildRuns(codec, mergeRows(listRows(old), listRows(put), removals), maxRows);
}

describe('file index runs', () => {
  test('give back every row', () => {
    fc.assert(
      fc.property(names, fc.array(stat, { minLength: 1 }), hash, (list, stats, bytes) => {
        const builder = new FileIndexRunBuilder(2);
        const statOf = (row: number) => stats[row % stats.length] as (typeof stats)[0];
        for (const [row, entry] of list.entries()) builder.append(entry, statOf(row), bytes, row);
        const run = new FileIndexRun(builder.finish());
        expect(run.count).toBe(list.length);
        expect(run.names.all).toEqual(list);
        expect(run.names.joined).toBe(list.join('\0'));
        for (const [row] of list.entries()) {
          expect(run.hasStat(row, statOf(row))).toBe(true);
          expect(run.hashAt(row)).toEqual(bytes);
          expect(run.flags[row]).toBe(row);
        }
      }),
    );
  });

  test('are found by name, or say where the name would stand', () => {
    fc.assert(
      fc.property(names, name, (list, wanted) => {
        const run = indexRun(list);
        const place = list.filter((entry) => compareBytewise(entry, wanted) < 0).length;
        expect(run.findName(wanted)).toBe(list.includes(wanted) ? place : ~place);
        for (const [row, entry] of list.entries()) {
          expect(run.nameAt(row)).toBe(entry);
          expect(run.findName(entry)).toBe(row);
        }
      }),
    );
  });

  test('are read from unaligned bytes too', () => {
    const { bytes } = indexRun(['a', 'b']);
    const shifted = Buffer.alloc(bytes.length + 8).subarray(3, 3 + bytes.length);
    shifted.set(bytes);
    expect(new FileIndexRun(shifted).names.all).toEqual(['a', 'b']);
  });

  test('refuse any flipped bit and any cut', () => {
    const { bytes } = indexRun(['a.txt', 'b.txt', 'c']);
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const damaged = bytes.slice();
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => new FileIndexRun(damaged)).toThrow(IntegrityError);
        expect(() => new FileIndexRun(bytes.slice(0, bit >> 3))).toThrow(IntegrityError);
      }),
    );
  });

  test('refuse names out of order', () => {
    expect(() => indexRun(['b', 'a'])).toThrow(RangeError);
    expect(() => indexRun(['a', 'a'])).toThrow(RangeError);
    expect(() => indexRun(['\u{10000}', '\uffff'])).toThrow(RangeError);
  });
});

describe('staged runs', () => {
  test('give back every row', () => {
    fc.assert(
      fc.property(names, fc.array(stagedRow, { minLength: 1 }), (list, rows) => {
        const rowOf = (index: number) => rows[index % rows.length] as StagedRow;
        const builder = new StagedRunBuilder(1);
        for (const [index, entry] of list.entries()) builder.append(entry, rowOf(index));
        const run = new StagedRun(builder.finish());
        expect(run.names.all).toEqual(list);
        for (const [index, entry] of list.entries()) {
          expect(run.rowAt(index)).toEqual(rowOf(index));
          expect(run.findName(entry)).toBe(index);
        }
      }),
    );
  });

  test('are not taken for file index runs', () => {
    const empty = new StagedRunBuilder().finish();
    expect(new StagedRun(empty).count).toBe(0);
    expect(() => new FileIndexRun(empty)).toThrow('it is something else');
  });

  test('keep their rows when they are spliced', () => {
    fc.assert(
      fc.property(names, stagedRow, (list, row) => {
        const builder = new StagedRunBuilder();
        for (const entry of list) builder.append(entry, row);
        const pieces = splice(stagedRunCodec, [], [new StagedRun(builder.finish())], [], 7);
        const runs = pieces.map((bytes) => new StagedRun(bytes));
        expect(runs.flatMap((run) => run.names.all)).toEqual(list);
        for (const run of runs) expect(run.rowAt(run.count - 1)).toEqual(row);
      }),
    );
  });
});

describe('merging and cutting runs', () => {
  test('equals the same changes on a map', () => {
    fc.assert(
      fc.property(names, names, names, fc.integer({ min: 1, max: 20 }), (old, put, gone, max) => {
        const half = old.length >> 1;
        const before = [old.slice(0, half), old.slice(half)].map((list) => indexRun(list, 1));
        const after = splice(fileIndexRunCodec, before, [indexRun(put, 2)], gone, max);

        const model = new Map(old.map((entry) => [entry, 1]));
        for (const entry of gone) model.delete(entry);
        for (const entry of put) model.set(entry, 2);
        const wanted = sortBytewise([...model.keys()]);

        const runs = after.map((bytes) => new FileIndexRun(bytes));
        expect(runs.flatMap((run) => run.names.all)).toEqual(wanted);
        expect(runs.flatMap((run) => [...run.sizes])).toEqual(wanted.map((key) => model.get(key)));
        for (const run of runs) expect(run.count).toBeLessThanOrEqual(max);
        expect(runs.length).toBe(Math.ceil(wanted.length / max));
      }),
    );
  });
});
