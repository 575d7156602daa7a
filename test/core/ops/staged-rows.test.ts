import { expect, test } from 'vitest';
import { StagedRun, StagedRunBuilder } from '../../../src/core/format/staged-run.js';
import type { RepoPath } from '../../../src/core/model/path.js';
import { StagedRows } from '../../../src/core/ops/staged-rows.js';

const row = {
  status: 0,
  kind: 1,
  hash: new Uint8Array(16),
  sizeBytes: 1,
  mtimeSeconds: 0,
  mtimeNanoseconds: 0,
  dataType: 1,
  mimeType: 'text/plain',
  metadataHash: undefined,
  metadata: new Uint8Array(0),
} as const;

function run(name: string, kind: 0 | 1): StagedRun {
  const builder = new StagedRunBuilder(1);
  builder.append(name, { ...row, kind });
  return new StagedRun(builder.finish());
}

function source(directories: Readonly<Record<string, readonly StagedRun[]>>) {
  const read: string[] = [];
  return {
    read,
    *runs() {
      for (const [directory, runs] of Object.entries(directories)) {
        for (const one of runs) yield { directory: directory as RepoPath, run: one };
      }
    },
    readDirectory(directory: RepoPath) {
      read.push(directory);
      return directories[directory] ?? [];
    },
  };
}

const directories = { a: [run('1', 1), run('2', 1)], b: [run('x', 0)], c: [run('y', 1)] };

test('reads each directory once while there is room, and knows which hold directories', () => {
  const staged = source(directories);
  const rows = new StagedRows(staged, () => {});
  expect(rows.of('a' as RepoPath).runs).toEqual(directories.a.map(({ bytes }) => bytes));
  expect(rows.of('a' as RepoPath).hasDirectories).toBe(false);
  expect(rows.of('b' as RepoPath).hasDirectories).toBe(true);
  expect(rows.of('other' as RepoPath).runs).toEqual([]);
  expect(staged.read).toEqual([]);
});

test('gives the same rows when there is no room', () => {
  const all = new StagedRows(source(directories), () => {});
  for (const limit of [0, 200, 400]) {
    const staged = source(directories);
    const rows = new StagedRows(staged, () => {}, limit);
    for (const name of ['a', 'b', 'c', 'other'] as RepoPath[]) {
      expect(rows.of(name)).toEqual(all.of(name));
    }
    expect(staged.read).toContain('c');
  }
});
