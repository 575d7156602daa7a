import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  FileIndexRun,
  FileIndexRunBuilder,
  fileIndexFlags,
} from '../../../src/core/format/file-index-run.js';
import { hashBytes, hashText } from '../../../src/core/format/hashing.js';
import { decodeMetadata } from '../../../src/core/format/metadata/metadata-codec.js';
import { recordKinds } from '../../../src/core/format/pack-record.js';
import { StagedRun, stagedKinds, stagedStatuses } from '../../../src/core/format/staged-run.js';
import type { Clock } from '../../../src/core/model/clock.js';
import { type Hash, hashFromBytes, hashToBytes } from '../../../src/core/model/hash.js';
import type { IngestedDirectory, IngestOutput } from '../../../src/core/model/jobs.js';
import { joinNames, splitNames } from '../../../src/core/model/name-list.js';
import { dataTypes } from '../../../src/core/model/node.js';
import { sortBytewise } from '../../../src/core/model/path.js';
import { type IngestOptions, ingestBatch, ingestFiles } from '../../../src/core/worktree/ingest.js';
import { materialiseFiles } from '../../../src/core/worktree/materialise.js';
import { TestPacks } from './slots.js';
import { putEntry, withoutPrivileges, workingTree } from './working-tree.js';

/** A clock that runs ten seconds ahead, for which no file is racy. */
const ahead: Clock = {
  now: () => ({ seconds: Math.ceil(Date.now() / 1000) + 10, nanoseconds: 0 }),
};
const settled: IngestOptions = { clock: ahead };

const hashOf = (content: string | Uint8Array) => hashBytes(Buffer.from(content));

function ingest(
  root: string,
  names: readonly string[],
  { directory = '', known = [] as Uint8Array[], options = settled, packs = new TestPacks() } = {},
): IngestOutput & { contents: Map<Hash, { kind: number; content: Buffer }> } {
  const slot = packs.lend();
  const output = ingestFiles({ root, directory, names: joinNames(names), known, slot }, options);
  return { ...output, contents: packs.records(slot, output.places) };
}

function stagedRows({ staged }: IngestedDirectory): [string, Hash][] {
  const run = new StagedRun(staged);
  return run.names.all.map((name, row) => [name, hashFromBytes(run.hashAt(row))]);
}

function indexedNames({ index }: IngestedDirectory): string {
  return new FileIndexRun(index).names.joined;
}

test('stages, indexes and stores new files of all sizes', () => {
  const sizes = [0, 1, 48, 240, 241, 4096, 1 << 20, 4 << 20];
  const contents = sizes.map((size, index) => Buffer.alloc(size, `${index}`));
  const names = sizes.map((_, index) => `f${index}`);
  const root = workingTree(
    Object.fromEntries(contents.map((bytes, index) => [`f${index}`, bytes])),
  );
  const output = ingest(root, names);
  expect(output).toMatchObject({ doneCount: 8, unchangedCount: 0, problems: [], large: '' });
  expect(output.readBytes).toBe(sizes.reduce((sum, size) => sum + size));
  expect(stagedRows(output)).toEqual(
    names.map((name, index) => [name, hashOf(contents[index] ?? '')]),
  );
  for (const bytes of contents) {
    const record = output.contents.get(hashOf(bytes));
    expect(record?.kind).toBe(recordKinds.content);
    expect(record?.content.equals(bytes)).toBe(true);
  }
  const index = new FileIndexRun(output.index);
  names.forEach((name, row) => {
    expect(index.hasStat(row, lstatSync(join(root, name)))).toBe(true);
  });
});

test('stages what a commit needs: status, kind, size and the exact mtime', () => {
  const root = workingTree({ a: 'abc' });
  utimesSync(join(root, 'a'), 1_600_000_000, 1_600_000_000.25);
  const { mtimeNs } = statSync(join(root, 'a'), { bigint: true });
  const row = new StagedRun(ingest(root, ['a']).staged).rowAt(0);
  expect(row).toMatchObject({
    status: stagedStatuses.added,
    kind: stagedKinds.file,
    sizeBytes: 3,
    mtimeSeconds: Number(mtimeNs / 1_000_000_000n),
    mtimeNanoseconds: Number(mtimeNs % 1_000_000_000n),
  });
});

test('stages what the content is: types and metadata', () => {
  const gif = Buffer.from('GIF89a\x03\0\x02\0\0\0\0,\0', 'latin1');
  const root = workingTree({ 'a.txt': 'hello\nwörld', b: Buffer.from([0xff, 0]), c: gif });
  const run = new StagedRun(ingest(root, ['a.txt', 'b', 'c']).staged);
  const hash = Buffer.from(run.metadataHashAt(0) ?? []);
  expect(hash.equals(hashToBytes(hashText('{"text":{"num_lines":2,"num_chars":11}}')))).toBe(true);
  const typesOf = (row: number) => [run.mimeTypeAt(row), dataTypes[run.dataTypes[row] ?? 0]];
  expect([0, 1, 2].map(typesOf)).toEqual([
    ['text/plain', 'text'],
    ['application/octet-stream', 'binary'],
    ['image/gif', 'image'],
  ]);
  expect(decodeMetadata(run.metadataAt(0), 'text')).toMatchObject({ lineCount: 2, charCount: 11 });
  expect(run.metadataHashAt(1)).toBeUndefined();
  expect(decodeMetadata(run.metadataAt(2), 'image')).toMatchObject({ width: 3, height: 2 });
});

test('keeps exact mtimes from before 1970', () => {
  const root = workingTree({ a: 'abc' });
  execFileSync('touch', ['-d', '1969-12-31T23:59:58.5Z', join(root, 'a')]);
  const row = new StagedRun(ingest(root, ['a']).staged).rowAt(0);
  expect([row.mtimeSeconds, row.mtimeNanoseconds]).toEqual([-2, 500_000_000]);
});

test('stores equal contents of a batch once', () => {
  const root = workingTree({ 'a/1': 'same', 'a/2': 'same', 'b/3': 'same', 'b/4': 'other' });
  const packs = new TestPacks();
  const slot = packs.lend();
  const items = ['a\x001\x002', 'b\x003\x004'].map((text) => {
    const [directory = '', ...names] = text.split('\0');
    return { root, directory, names: joinNames(names), known: [] };
  });
  const batch = ingestBatch({ items, slot }, settled);
  expect(batch.outputs.flatMap(stagedRows)).toEqual([
    ['1', hashOf('same')],
    ['2', hashOf('same')],
    ['3', hashOf('same')],
    ['4', hashOf('other')],
  ]);
  expect([...packs.records(slot, batch.places).keys()]).toEqual([hashOf('same'), hashOf('other')]);
  expect(batch.slotEnd).toBe(2 * 48 + 9);
});

test('does not store again what is stored already, but stages it', () => {
  const root = workingTree({ a: 'stored', b: 'new' });
  const stored = hashOf('stored');
  const contents = {
    hasContent: (hash: Uint8Array) => hashFromBytes(hash) === stored,
    hasChunk: () => false,
  };
  const output = ingest(root, ['a', 'b'], { options: { ...settled, contents } });
  expect(stagedRows(output).map(([name]) => name)).toEqual(['a', 'b']);
  expect([...output.contents.keys()]).toEqual([hashOf('new')]);
});

test('reads nothing of files whose rows prove them unchanged', () => {
  const root = workingTree({ a: '1', b: '2', c: '3' });
  const known = [ingest(root, ['a', 'c']).index];
  const read: string[] = [];
  const options = { ...settled, afterRead: (path: string) => void read.push(path) };
  const output = ingest(root, ['a', 'b', 'c'], { known, options });
  expect(output).toMatchObject({ doneCount: 3, unchangedCount: 2 });
  expect(read).toEqual([join(root, 'b')]);
  expect(indexedNames(output)).toBe('b');
});

test('gives a touched file a fresh row and stages nothing', () => {
  const root = workingTree({ a: '1' });
  const known = [ingest(root, ['a']).index];
  utimesSync(join(root, 'a'), 1, 1);
  const output = ingest(root, ['a'], { known });
  expect(stagedRows(output)).toEqual([]);
  expect(output.places.count).toBe(0);
  expect(new FileIndexRun(output.index).hasStat(0, lstatSync(join(root, 'a')))).toBe(true);
});

test('stages an edited file as modified', () => {
  const root = workingTree({ a: '1' });
  const known = [ingest(root, ['a']).index];
  writeFileSync(join(root, 'a'), 'edited');
  const output = ingest(root, ['a'], { known });
  expect(stagedRows(output)).toEqual([['a', hashOf('edited')]]);
  expect(new StagedRun(output.staged).rowAt(0).status).toBe(stagedStatuses.modified);
});

test('sees an edit of the same size whose mtime was put back', () => {
  const root = workingTree({ a: 'one' });
  const path = join(root, 'a');
  utimesSync(path, 1000, 1000);
  const known = [ingest(root, ['a']).index];
  const before = lstatSync(path).ctimeMs;
  do {
    writeFileSync(path, 'two');
    utimesSync(path, 1000, 1000);
  } while (lstatSync(path).ctimeMs === before);
  expect(stagedRows(ingest(root, ['a'], { known }))).toEqual([['a', hashOf('two')]]);
});

test('sees an edit within the same clock tick: the row was racy', () => {
  const root = workingTree({ a: 'one' });
  const path = join(root, 'a');
  const { index } = ingest(root, ['a'], { options: {} });
  const run = new FileIndexRun(index);
  expect([...run.flags]).toEqual([fileIndexFlags.racy]);
  writeFileSync(path, 'two');
  // As if the clock had not moved: the row has the stat values of the edited file.
  const builder = new FileIndexRunBuilder();
  builder.append('a', lstatSync(path), run.hashAt(0), run.flags[0]);
  const output = ingest(root, ['a'], { known: [builder.finish()] });
  expect(stagedRows(output)).toEqual([['a', hashOf('two')]]);
});

test('finds rows of names wherever they lie in the runs', () => {
  const names = sortBytewise(Array.from({ length: 60 }, (_, index) => `n${index}`));
  const root = workingTree(Object.fromEntries(names.map((name) => [name, name])));
  fc.assert(
    fc.property(
      fc.subarray(names),
      fc.subarray(names),
      fc.integer({ min: 1, max: 7 }),
      (rows, asked, size) => {
        const known: Uint8Array[] = [];
        const packs = new TestPacks();
        for (let start = 0; start < rows.length; start += size) {
          known.push(ingest(root, rows.slice(start, start + size), { packs }).index);
        }
        const output = ingest(root, asked, { known, packs });
        expect(output.unchangedCount).toBe(asked.filter((name) => rows.includes(name)).length);
      },
    ),
    { numRuns: 30 },
  );
});

test('stops where the slot is full and goes on with the next one', () => {
  const names = Array.from({ length: 50 }, (_, index) => `f${String(index).padStart(2, '0')}`);
  const root = workingTree(Object.fromEntries(names.map((name) => [name, name.repeat(100)])));
  const packs = new TestPacks();
  const stored = new Map<Hash, { kind: number; content: Buffer }>();
  const staged: [string, Hash][] = [];
  let rest = names;
  let jobs = 0;
  while (rest.length > 0) {
    const slot = packs.lend(2000);
    const input = { root, directory: '', names: joinNames(rest), known: [], slot };
    const output = ingestFiles(input, settled);
    expect(output.doneCount).toBeGreaterThan(0);
    expect(readFileSync(slot.path).length).toBe(output.slotEnd);
    for (const [hash, record] of packs.records(slot, output.places)) stored.set(hash, record);
    staged.push(...stagedRows(output));
    rest = rest.slice(output.doneCount);
    jobs++;
  }
  expect(jobs).toBe(9);
  expect(staged).toEqual(names.map((name) => [name, hashOf(name.repeat(100))]));
  expect(stored.size).toBe(50);
});

test('starts nothing in a slot that is full', () => {
  const root = workingTree({ a: '1' });
  const slot = { ...new TestPacks().lend(100), offset: 100 };
  const item = { root, directory: '', names: 'a', known: [] };
  expect(ingestBatch({ items: [item], slot }, settled)).toMatchObject({
    outputs: [],
    slotEnd: 100,
  });
  expect(ingestFiles({ ...item, slot }, settled)).toMatchObject({ doneCount: 0, slotEnd: 100 });
});

test('appends behind what the pack holds', () => {
  const root = workingTree({ a: 'content' });
  const packs = new TestPacks();
  const slot = packs.lend();
  writeFileSync(slot.path, Buffer.alloc(5000, 'x'));
  const input = { root, directory: '', names: 'a', known: [], slot: { ...slot, offset: 8192 } };
  const output = ingestFiles(input, settled);
  expect([...output.places.offsets]).toEqual([8192]);
  expect(output.slotEnd).toBe(8192 + 48 + 7);
  expect(readFileSync(slot.path).subarray(0, 5000).equals(Buffer.alloc(5000, 'x'))).toBe(true);
  expect(packs.records(slot, output.places).has(hashOf('content'))).toBe(true);
});

test('leaves files above the chunking threshold to the job for large files', () => {
  const root = workingTree({ a: '1', b: Buffer.alloc((4 << 20) + 1), c: '3' });
  const output = ingest(root, ['a', 'b', 'c']);
  expect(output).toMatchObject({ doneCount: 3, large: 'b' });
  expect(indexedNames(output)).toBe('a\0c');
});

test('reads a file again that changed while it was read, and records what it stored', () => {
  const root = workingTree({ a: 'one', b: 'two' });
  let changes = 2;
  const afterRead = (path: string) => {
    if (path.endsWith('/a') && changes-- > 0) appendFileSync(path, `+${changes}`);
  };
  const output = ingest(root, ['a', 'b'], { options: { ...settled, afterRead } });
  expect(stagedRows(output)).toEqual([
    ['a', hashOf('one+1+0')],
    ['b', hashOf('two')],
  ]);
  expect(output.contents.get(hashOf('one+1+0'))?.content.toString()).toBe('one+1+0');
  expect(output.contents.size).toBe(2);
});

test('reports a file that never holds still, and stores nothing of it', () => {
  const root = workingTree({ a: 'one', b: 'two' });
  const afterRead = (path: string) => {
    if (path.endsWith('/a')) appendFileSync(path, 'more');
  };
  const output = ingest(root, ['a', 'b'], { options: { ...settled, afterRead } });
  expect(output.problems).toEqual([
    { name: 'a', code: 'changed', message: 'it changed while it was read' },
  ]);
  expect(stagedRows(output)).toEqual([['b', hashOf('two')]]);
  expect([...output.contents.keys()]).toEqual([hashOf('two')]);
});

test('reports what is no readable file and goes on', () => {
  const root = workingTree({ dir: null, gone: '1', link: { link: 'ok' }, ok: '1', shut: '1' });
  execFileSync('mkfifo', [join(root, 'fifo')]);
  rmSync(join(root, 'gone'));
  chmodSync(join(root, 'shut'), 0);
  const packs = new TestPacks();
  const slot = packs.lend();
  chmodSync(packs.directory, 0o777);
  chmodSync(slot.path, 0o666);
  const names = joinNames(['dir', 'fifo', 'gone', 'link', 'ok', 'shut']);
  withoutPrivileges(root, () => {
    const output = ingestFiles({ root, directory: '', names, known: [], slot }, settled);
    expect(output.problems.map(({ name, code }) => `${name} ${code}`)).toEqual([
      'dir type',
      'fifo type',
      'gone vanished',
      'link type',
      'shut EACCES',
    ]);
    expect(output.doneCount).toBe(6);
    expect(indexedNames(output)).toBe('ok');
  });
});

test('reads nothing through a linked directory', () => {
  const outside = workingTree({ secret: 'x' });
  const root = workingTree({ link: { link: outside } });
  const output = ingest(root, ['secret'], { directory: 'link' });
  expect(output.problems).toEqual([
    { name: 'secret', code: 'type', message: "'link' is not a directory" },
  ]);
  expect(output.places.count).toBe(0);
});

test('fails as a whole when the pack cannot be written', () => {
  const root = workingTree({ a: '1' });
  const slot = { ...new TestPacks().lend(), path: join(root, 'missing', '00000000.pack') };
  expect(() => ingestFiles({ root, directory: '', names: 'a', known: [], slot })).toThrow(
    /Cannot write the pack .*: no such file or directory/,
  );
});

test('brings any tree back byte for byte', () => {
  const name = fc.constantFrom(
    'a',
    'é',
    'a\nb',
    '-x',
    '"',
    ' ',
    'n'.repeat(255),
    '\u{1f402}',
    'z.csv',
  );
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.constant(Buffer.alloc(70_000, 'r')),
  );
  fc.assert(
    fc.property(fc.dictionary(name, content), (files) => {
      const root = workingTree();
      const copy = workingTree();
      for (const [path, bytes] of Object.entries(files)) putEntry(root, path, bytes);
      const packs = new TestPacks();
      const slot = packs.lend();
      const names = sortBytewise(Object.keys(files));
      const input = { root, directory: '', names: joinNames(names), known: [], slot };
      const { places, staged } = ingestFiles(input, settled);
      const run = new StagedRun(staged);
      const rowOf = new Map<Hash, number>();
      for (let row = 0; row < places.count; row++)
        rowOf.set(hashFromBytes(places.hashes, row * 16), row);
      const rows = names.map((_, row) => rowOf.get(hashFromBytes(run.hashAt(row))) ?? -1);
      const { problems } = materialiseFiles({
        root: copy,
        directory: '',
        names: run.names.joined,
        hashes: run.hashes,
        pieceCounts: new Uint32Array(names.length).fill(1),
        pieces: {
          kinds: Uint8Array.from(rows, (row) => places.kinds[row] ?? 0),
          codecs: new Uint8Array(names.length),
          hashes: run.hashes,
          packIds: new Uint32Array(names.length).fill(slot.packId),
          offsets: Uint32Array.from(rows, (row) => places.offsets[row] ?? 0),
          storedLengths: Uint32Array.from(rows, (row) => places.storedLengths[row] ?? 0),
          rawLengths: Float64Array.from(rows, (row) => places.rawLengths[row] ?? 0),
        },
        packDirectory: packs.directory,
        replace: false,
        isWhole: true,
      });
      expect(problems).toEqual([]);
      for (const name of names) {
        expect(readFileSync(join(copy, name)).equals(readFileSync(join(root, name)))).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
});

test('gives the same rows and places for a directory in one job or in many', () => {
  const names = Array.from({ length: 30 }, (_, index) => `f${String(index).padStart(2, '0')}`);
  const root = workingTree(Object.fromEntries(names.map((name) => [name, `${name}!`])));
  const whole = ingest(root, names);
  const parts = [names.slice(0, 7), names.slice(7, 8), names.slice(8)].map((part) =>
    ingest(root, part),
  );
  expect(parts.flatMap(stagedRows)).toEqual(stagedRows(whole));
  expect(parts.flatMap((part) => splitNames(indexedNames(part)))).toEqual(
    splitNames(indexedNames(whole)),
  );
  expect(parts.flatMap((part) => [...part.contents.keys()])).toEqual([...whole.contents.keys()]);
});
