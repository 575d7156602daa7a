import {
  appendFileSync,
  lstatSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultChunking } from '../../../src/core/format/chunking.js';
import { FileIndexRun, fileIndexFlags } from '../../../src/core/format/file-index-run.js';
import { hashBytes } from '../../../src/core/format/hashing.js';
import { decodeMetadata } from '../../../src/core/format/metadata/metadata-codec.js';
import { recordKinds } from '../../../src/core/format/pack-record.js';
import { StagedRun, stagedStatuses } from '../../../src/core/format/staged-run.js';
import type { Clock } from '../../../src/core/model/clock.js';
import { type Hash, hashFromBytes } from '../../../src/core/model/hash.js';
import type { IngestLargeOutput, LargeFileState } from '../../../src/core/model/jobs.js';
import { dataTypes } from '../../../src/core/model/node.js';
import type { IngestOptions } from '../../../src/core/worktree/ingest.js';
import { ingestLargeFile } from '../../../src/core/worktree/ingest-large.js';
import { assemble, TestPacks } from './slots.js';
import { workingTree } from './working-tree.js';

const ahead: Clock = {
  now: () => ({ seconds: Math.ceil(Date.now() / 1000) + 10, nanoseconds: 0 }),
};
const settled: IngestOptions = { clock: ahead };

/** Bytes that do not repeat, from a seed (xorshift). */
function noise(length: number, seed = 1): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed * 2654435761 || 1;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return Buffer.from(words.buffer, 0, length);
}

interface Ingested {
  readonly output: IngestLargeOutput; // of the last job
  readonly records: Map<Hash, { kind: number; content: Buffer }>;
  readonly jobCount: number;
}

/** Runs jobs until the file is done, with slots of `limit` bytes; `between` is called after each unfinished one. */
function ingest(
  root: string,
  name: string,
  { known = [] as Uint8Array[], options = settled, limit = 1 << 30, between = () => {} } = {},
): Ingested {
  const packs = new TestPacks();
  const records = new Map<Hash, { kind: number; content: Buffer }>();
  let state: LargeFileState | undefined;
  for (let jobCount = 1; ; jobCount++) {
    const slot = packs.lend(limit);
    const resumed = state === undefined ? {} : { state: structuredClone(state) };
    const output = ingestLargeFile({ root, directory: '', name, known, slot, ...resumed }, options);
    for (const [hash, record] of packs.records(slot, output.places)) records.set(hash, record);
    expect(readFileSync(slot.path).length).toBe(output.slotEnd);
    if (output.state === undefined) return { output, records, jobCount };
    state = output.state;
    between();
  }
}

function stagedRow({ finished }: IngestLargeOutput) {
  if (finished === undefined) throw new Error('not finished');
  const run = new StagedRun(finished.staged);
  return run.count === 0 ? undefined : run.rowAt(0);
}

test('stores a file as chunks and a list of them, and stages the hash of the whole', () => {
  const content = noise(9_000_001);
  const root = workingTree({ big: content });
  const { output, records } = ingest(root, 'big');
  const row = stagedRow(output);
  expect(row).toMatchObject({ status: stagedStatuses.added, sizeBytes: content.length });
  expect(hashFromBytes(row?.hash ?? new Uint8Array(16))).toBe(hashBytes(content));
  expect(assemble(records, hashBytes(content)).equals(content)).toBe(true);
  expect(output.readBytes).toBe(content.length);
  const index = new FileIndexRun(output.finished?.index ?? new Uint8Array(0));
  expect(index.hasStat(0, lstatSync(join(root, 'big')))).toBe(true);
  const lengths = [...records.values()]
    .filter(({ kind }) => kind === recordKinds.chunk)
    .map((record) => record.content.length);
  expect(lengths.length).toBeGreaterThan(9);
  for (const length of lengths) expect(length).toBeLessThanOrEqual(defaultChunking.largestBytes);
});

test('counts lines and characters of a large text over several jobs', () => {
  const line = 'größer als man denkt\n';
  const root = workingTree({ 'big.txt': line.repeat(300_000) });
  const row = stagedRow(ingest(root, 'big.txt', { limit: 1_000_000 }).output);
  expect(row?.mimeType).toBe('text/plain');
  expect(decodeMetadata(row?.metadata ?? new Uint8Array(0), 'text')).toEqual({
    kind: 'text',
    lineCount: 300_001,
    charCount: 300_000 * line.length,
  });
});

test.each([
  { name: 'big.csv', line: 'größe,1.5,x\n', head: 'a,b,c\n' },
  { name: 'big.tsv', line: 'größe\t1.5\tx\n', head: 'a\tb\tc\n' },
  { name: 'big.jsonl', line: '{"a":"größe","b":1.5,"c":"x"}\n', head: '' },
])('reads schema and height of the large table $name over several jobs', ({ name, line, head }) => {
  const root = workingTree({ [name]: head + line.repeat(400_000) });
  const { output, jobCount } = ingest(root, name, { limit: 1_000_000 });
  const row = stagedRow(output);
  expect(jobCount).toBeGreaterThan(1);
  expect(dataTypes[row?.dataType ?? 0]).toBe('tabular');
  expect(decodeMetadata(row?.metadata ?? new Uint8Array(0), 'tabular')).toMatchObject({
    ...{ width: 3, height: 400_000 },
    fields: [
      { name: 'a', dtype: 'str' },
      { name: 'b', dtype: 'f64' },
      { name: 'c', dtype: 'str' },
    ],
  });
});

test('reads the size of a large image', () => {
  const head = Buffer.from(
    '424d000000000000000036000000280000000a000000140000000100180000000000',
    'hex',
  );
  const root = workingTree({ 'big.bmp': Buffer.concat([head, noise(5_000_000)]) });
  const row = stagedRow(ingest(root, 'big.bmp').output);
  expect(row?.mimeType).toBe('image/bmp');
  expect(decodeMetadata(row?.metadata ?? new Uint8Array(0), 'image')).toMatchObject({
    width: 10,
    height: 20,
  });
});

test('gives the same records however small the slots are', () => {
  const root = workingTree({ big: noise(7_654_321) });
  const whole = ingest(root, 'big');
  for (const limit of [1, 300_000, 2_000_000]) {
    const parts = ingest(root, 'big', { limit });
    expect(parts.jobCount).toBeGreaterThan(3);
    expect([...parts.records.keys()]).toEqual([...whole.records.keys()]);
    expect(parts.output.finished?.staged).toEqual(whole.output.finished?.staged);
    expect(parts.output.finished?.index).toEqual(whole.output.finished?.index);
  }
});

test('stores repeated chunks once, also when a later job meets them', () => {
  const part = noise(5_000_000);
  const content = Buffer.concat([part, part, part]);
  const root = workingTree({ big: content });
  for (const limit of [1 << 30, 1_000_000]) {
    const { records } = ingest(root, 'big', { limit });
    const stored = [...records.values()].reduce((sum, record) => sum + record.content.length, 0);
    expect(stored).toBeLessThan(8_000_000);
    expect(assemble(records, hashBytes(content)).equals(content)).toBe(true);
  }
});

test('stores few new chunks for an edited copy of what is stored', () => {
  const content = noise(20_000_000);
  const edited = Buffer.concat([content.subarray(0, 9e6), noise(1024, 7), content.subarray(9e6)]);
  const root = workingTree({ content, edited });
  const first = ingest(root, 'content');
  const contents = {
    hasContent: () => false,
    hasChunk: (hash: Uint8Array) => first.records.has(hashFromBytes(hash)),
  };
  const second = ingest(root, 'edited', { options: { ...settled, contents } });
  const chunks = [...second.records.values()].filter(({ kind }) => kind === recordKinds.chunk);
  expect(chunks.length).toBeLessThanOrEqual(3);
  const records = new Map([...first.records, ...second.records]);
  expect(assemble(records, hashBytes(edited)).equals(edited)).toBe(true);
});

test('stores nothing of a content that is stored', () => {
  const root = workingTree({ big: noise(5_000_000) });
  const contents = { hasContent: () => true, hasChunk: () => true };
  const { output, records } = ingest(root, 'big', { options: { ...settled, contents } });
  expect(records.size).toBe(0);
  expect(stagedRow(output)?.sizeBytes).toBe(5_000_000);
});

test('gives a touched file a fresh row and stages nothing', () => {
  const root = workingTree({ big: noise(5_000_000) });
  const known = [ingest(root, 'big').output.finished?.index ?? new Uint8Array(0)];
  utimesSync(join(root, 'big'), 1, 1);
  const { output } = ingest(root, 'big', { known });
  expect(stagedRow(output)).toBeUndefined();
  const index = new FileIndexRun(output.finished?.index ?? new Uint8Array(0));
  expect(index.hasStat(0, lstatSync(join(root, 'big')))).toBe(true);
});

test('stages an edited file as modified', () => {
  const root = workingTree({ big: noise(5_000_000) });
  const known = [ingest(root, 'big').output.finished?.index ?? new Uint8Array(0)];
  appendFileSync(join(root, 'big'), 'more');
  expect(stagedRow(ingest(root, 'big', { known }).output)?.status).toBe(stagedStatuses.modified);
});

test('judges whether a row is racy by when the first job began', () => {
  const root = workingTree({ big: noise(5_000_000) });
  let isLater = false;
  const clock: Clock = {
    now: () => (isLater ? ahead.now() : { seconds: Math.floor(Date.now() / 1000), nanoseconds: 0 }),
  };
  const between = () => {
    isLater = true;
  };
  const { output } = ingest(root, 'big', { options: { clock }, limit: 1_000_000, between });
  const index = new FileIndexRun(output.finished?.index ?? new Uint8Array(0));
  expect([...index.flags]).toEqual([fileIndexFlags.racy]);
});

test('reports a file that changed while it was read or between two jobs', () => {
  const changes: ((path: string) => void)[] = [
    (path) => appendFileSync(path, 'more'),
    (path) => truncateSync(path, 4_500_000),
    (path) => truncateSync(path, 10),
    (path) => writeFileSync(path, noise(statSync(path).size, 9)),
    (path) => {
      writeFileSync(`${path}.new`, noise(statSync(path).size, 9));
      renameSync(`${path}.new`, path);
    },
  ];
  for (const change of changes) {
    const root = workingTree({ big: noise(5_000_000) });
    let isChanged = false;
    const { output } = ingest(root, 'big', {
      limit: 1_000_000,
      between: () => {
        if (!isChanged) change(join(root, 'big'));
        isChanged = true;
      },
    });
    expect(output.problem).toEqual({
      name: 'big',
      code: 'changed',
      message: 'it changed while it was read',
    });
    expect(output.finished).toBeUndefined();
  }
  const root = workingTree({ big: noise(5_000_000) });
  const afterRead = (path: string) => appendFileSync(path, 'more');
  const { output } = ingest(root, 'big', { options: { ...settled, afterRead } });
  expect(output.problem?.code).toBe('changed');
});

test('stores a file that shrank below the threshold as one record', () => {
  const root = workingTree({ big: 'small after all', empty: '' });
  for (const name of ['big', 'empty']) {
    const { output, records } = ingest(root, name);
    const content = readFileSync(join(root, name));
    expect(stagedRow(output)?.sizeBytes).toBe(content.length);
    expect(records.get(hashBytes(content))).toEqual({ kind: recordKinds.content, content });
  }
});

test('reports a file that is gone, a link or in a linked directory', () => {
  const root = workingTree({ link: { link: 'x' }, x: '', 'd/y': '', e: { link: 'd' } });
  const slot = { ...new TestPacks().lend(), offset: 77 };
  const run = (directory: string, name: string) =>
    ingestLargeFile({ root, directory, name, known: [], slot });
  expect(run('', 'gone')).toMatchObject({ problem: { code: 'vanished' }, slotEnd: 77 });
  expect(run('', 'link')).toMatchObject({ problem: { code: 'type' }, slotEnd: 77 });
  expect(run('e', 'y')).toMatchObject({ problem: { code: 'type' }, slotEnd: 77 });
});

test('fails as a whole when the pack cannot be written', () => {
  const root = workingTree({ big: noise(5_000_000) });
  const slot = { ...new TestPacks().lend(), path: join(root, 'missing', 'pack') };
  expect(() => ingestLargeFile({ root, directory: '', name: 'big', known: [], slot })).toThrow(
    /Cannot write the pack/,
  );
});
