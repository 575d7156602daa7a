import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FileIndexRun, FileIndexRunBuilder } from '../../../src/core/format/file-index-run.js';
import { StagedRun, StagedRunBuilder } from '../../../src/core/format/staged-run.js';
import type { Hash } from '../../../src/core/model/hash.js';
import { isWithin, type RepoPath, rootPath, sortBytewise } from '../../../src/core/model/path.js';
import { StoreEnvironment } from '../../../src/core/store/environment.js';
import { FileIndex } from '../../../src/core/store/file-index.js';
import {
  decodeRunEntry,
  encodeRunValue,
  parseRunKey,
  runKey,
} from '../../../src/core/store/run-keys.js';
import { Staging } from '../../../src/core/store/staging.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

let environment: StoreEnvironment;
let index: FileIndex;

beforeAll(async () => {
  environment = await StoreEnvironment.open(temporaryDirectory(), { create: true });
  index = new FileIndex(environment);
});

beforeEach(() => index.clear());
afterAll(() => environment.close());

const hash = new Uint8Array(16);

function runOf(names: readonly string[], mark = 0): FileIndexRun {
  const builder = new FileIndexRunBuilder(names.length);
  const stat = { size: mark, mtimeMs: 1, ctimeMs: 2, ino: 3, mode: 4 };
  for (const name of sortBytewise([...names])) builder.append(name, stat, hash);
  return new FileIndexRun(builder.finish());
}

function numbered(count: number, start = 0): string[] {
  return Array.from({ length: count }, (_, at) => String(start + at).padStart(6, '0'));
}

/** Every row of the table as `path=size`. */
function listing(path = rootPath): string[] {
  return [...index.runs(path)].flatMap(({ directory, run }) =>
    run.names.all.map((name, row) => `${directory}/${name}=${run.sizes[row]}`),
  );
}

const path = (text: string) => text as RepoPath;

describe('RunTable', () => {
  test('equals the same changes on a map, for directories of any name', () => {
    const name = fc.constantFrom(
      'a',
      'b',
      'a-b',
      'aa',
      'ü',
      '\u{10000}',
      '\uffff',
      'c'.repeat(255),
    );
    const directory = fc.array(name, { maxLength: 9 }).map((names) => path(names.join('/')));
    const names = fc.uniqueArray(
      fc.string({ unit: fc.constantFrom('x', 'y', 'é', '~'), minLength: 1, maxLength: 4 }),
    );
    const change = fc.record({ directory, put: names, removed: names });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), directory, (changes, subtree) => {
        index.clear();
        const model = new Map<string, number>();
        for (const [mark, { directory, put, removed }] of changes.entries()) {
          const removals = sortBytewise([...removed]);
          index.apply(directory, { upserts: [runOf(put, mark)], removals });
          for (const name of removed) model.delete(`${directory}/${name}`);
          for (const name of put) model.set(`${directory}/${name}`, mark);
        }
        const rows = [...model].map(([key, mark]) => `${key}=${mark}`);
        expect(listing().sort()).toEqual(rows.sort());
        expect(index.countRows()).toBe(model.size);
        const directories = [...new Set([...model.keys()].map(parentOf))];
        expect(index.directories().sort()).toEqual(directories.sort());
        const inside = directories.filter((directory) => isWithin(directory, subtree));
        expect(index.directories(subtree).sort()).toEqual(inside.sort());
        expect(index.isEmpty(subtree)).toBe(inside.length === 0);
        index.removeBelow(subtree);
        const left = directories.filter((directory) => !isWithin(directory, subtree));
        expect(index.directories().sort()).toEqual(left.sort());
      }),
      { numRuns: 60 },
    );
  });

  test('keeps a large directory in order, whatever the order of the changes', () => {
    const all = numbered(3000);
    const scattered = all.filter((_, at) => at % 7 === 3);
    const rest = all.filter((_, at) => at % 7 !== 3);
    for (let start = 0; start < rest.length; start += 512) {
      index.apply(rootPath, { upserts: [runOf(rest.slice(start, start + 512))] });
    }
    index.apply(rootPath, { upserts: [runOf(scattered)] });
    const runs = index.readDirectory(rootPath);
    expect(runs.flatMap((run) => run.names.all)).toEqual(all);
    expect(Math.max(...runs.map((run) => run.count))).toBeLessThanOrEqual(512);
    expect(runs.length).toBeLessThan(14);
  });

  test('rewrites only the runs that a change touches', () => {
    const all = numbered(5120);
    index.apply(rootPath, { upserts: [runOf(all.slice(0, 512))] });
    for (let start = 512; start < all.length; start += 512) {
      index.apply(rootPath, { upserts: [runOf(all.slice(start, start + 512))] });
    }
    const before = index.readDirectoryBytes(rootPath);
    index.apply(rootPath, { upserts: [runOf(['002000'], 9)], removals: ['004000'] });
    const after = index.readDirectoryBytes(rootPath);
    const same = after.filter((bytes, at) => Buffer.from(bytes).equals(before[at] ?? Buffer.of()));
    expect(after).toHaveLength(10);
    expect(same).toHaveLength(8);
    const found = index.find(rootPath, '002000');
    expect(found?.run.sizes[found.index]).toBe(9);
    expect(index.find(rootPath, '004000')).toBeUndefined();
  });

  test('stores appended runs of a first add as they came', () => {
    const first = runOf(numbered(512));
    const second = runOf(numbered(512, 512));
    index.apply(path('d'), { upserts: [first] });
    index.apply(path('d'), { upserts: [second] });
    const stored = index.readDirectoryBytes(path('d'));
    expect(stored.map((bytes) => Buffer.from(bytes).equals(first.bytes))).toEqual([true, false]);
    expect(Buffer.from(stored[1] ?? []).equals(second.bytes)).toBe(true);
  });

  test('gathers single names in one run', () => {
    for (const name of ['m', 'z', 'a', 'b', 'zz', 'n'])
      index.apply(path('d'), { upserts: [runOf([name])] });
    expect(index.readDirectory(path('d')).map((run) => run.names.all)).toEqual([
      ['a', 'b', 'm', 'n', 'z', 'zz'],
    ]);
  });

  test('drops a run when its last row goes', () => {
    index.apply(path('d'), { upserts: [runOf(['a'])] });
    index.apply(path('d'), { upserts: [], removals: ['a', 'b'] });
    expect(index.isEmpty()).toBe(true);
  });

  test('removes one directory and leaves those below it', () => {
    for (const directory of ['', 'a', 'a/b', 'a-b', 'ab']) {
      index.apply(path(directory), { upserts: [runOf(['x'])] });
    }
    index.removeDirectory(path('a'));
    expect(index.directories()).toEqual(['', 'a-b', 'a/b', 'ab']);
    index.removeBelow(path('a'));
    expect(index.directories()).toEqual(['', 'a-b', 'ab']);
  });

  test('finds directories whose paths do not fit a key', () => {
    const parts = Array.from({ length: 12 }, (_, depth) =>
      String(depth).repeat(depth < 10 ? 255 : 80),
    );
    const directories = parts.map((_, depth) => path(parts.slice(0, depth + 1).join('/')));
    const exact = path('e'.repeat(255).concat('/').repeat(6).concat('e'.repeat(64)));
    const all = [...directories, exact, path(`${exact}/x`), path(`${exact}y`)];
    for (const directory of all) index.apply(directory, { upserts: [runOf(['x'])] });
    for (const directory of all) {
      const below = all.filter((other) => isWithin(other, directory));
      expect(index.directories(directory).sort()).toEqual(below.sort());
      expect(index.find(directory, 'x')).toBeDefined();
    }
    index.removeBelow(exact);
    expect(index.directories(path('e'.repeat(255)))).toEqual([`${exact}y`]);
  });

  test('keeps areas apart', () => {
    const areas = [0, 1, 7].map((area) => new Staging(environment, area));
    const builder = new StagedRunBuilder();
    builder.append('x', {
      status: 0,
      kind: 1,
      hash,
      sizeBytes: 1,
      mtimeSeconds: 2,
      mtimeNanoseconds: 3,
      dataType: 1,
      mimeType: 'text/plain',
      metadataHash: undefined,
      metadata: new Uint8Array(0),
    });
    const run = new StagedRun(builder.finish());
    for (const area of areas) area.apply(path('d'), { upserts: [run] });
    areas[1]?.clear();
    expect(areas.map((area) => area.isEmpty())).toEqual([false, true, false]);
    for (const area of areas) area.clear();
    expect(areas.map((area) => area.isEmpty())).toEqual([true, true, true]);
  });

  test('changes nothing when the transaction around it fails', () => {
    index.apply(path('d'), { upserts: [runOf(['a'])] });
    const failing = () =>
      environment.transaction(() => {
        index.apply(path('d'), { upserts: [runOf(['b'])] });
        index.removeBelow(rootPath);
        throw new Error('stop');
      });
    expect(failing).toThrow('stop');
    expect(listing()).toEqual(['d/a=0']);
  });
});

describe('run keys', () => {
  test('say directory and name, and stay within what LMDB takes', () => {
    const directories = [
      '',
      'a',
      'a/b',
      `${'x'.repeat(255)}/`.repeat(6).concat('y'),
      `${'é'.repeat(120)}/`.repeat(16).concat('z'),
    ];
    for (const directory of directories) {
      const key = runKey(3, path(directory), 'n'.repeat(255));
      expect(key.length).toBeLessThanOrEqual(1978);
      expect(parseRunKey(key).firstName).toBe('n'.repeat(255));
      const value = encodeRunValue(path(directory), Uint8Array.of(1, 2, 3));
      expect(decodeRunEntry(key, value)).toMatchObject({ directory });
      expect([...decodeRunEntry(key, value).run]).toEqual([1, 2, 3]);
    }
  });
});

test('the file index remembers the root it agrees with', () => {
  expect(index.root).toBeUndefined();
  environment.transaction(() => index.setRoot('abc' as Hash));
  expect(index.root).toBe('abc');
  environment.transaction(() => index.setRoot(undefined));
  expect(index.root).toBeUndefined();
});

function parentOf(row: string): RepoPath {
  return path(row.slice(0, row.lastIndexOf('/')));
}
