import { encode } from '@msgpack/msgpack';
import { describe, expect, test } from 'vitest';
import { decideFile, type FileSides } from '../../../src/core/merge/file-rule.js';
import { planMerge } from '../../../src/core/merge/three-way.js';
import type { Hash } from '../../../src/core/model/hash.js';
import type { RepoPath } from '../../../src/core/model/path.js';
import { lookupPath, type TreeEntry } from '../../../src/core/tree/read.js';
import { MemoryTree, type TableFile } from '../../helpers/memory-tree.js';

const source = new MemoryTree();
const path = 't.csv' as RepoPath;

function table(content: string, note: string | null = null): TableFile {
  const columns = [['id', 'i64', note, null]];
  return { content, metadata: encode([[1, 1, ['cafe', columns, null]]]) };
}

function treeOf(file: TableFile | undefined): Hash {
  return source.commit(undefined, { other: '1', ...(file === undefined ? {} : { [path]: file }) });
}

function fileIn(root: Hash): TreeEntry | undefined {
  return lookupPath(source, root, path);
}

function decide(base?: TableFile, ours?: TableFile, theirs?: TableFile) {
  const sides: FileSides = {
    base: fileIn(treeOf(base)),
    ours: fileIn(treeOf(ours)),
    theirs: fileIn(treeOf(theirs)),
  };
  return { sides, decision: decideFile(sides) };
}

describe('decideFile', () => {
  test('is a conflict when one side changed the content and the other the metadata: no version has both', () => {
    const conflict = { action: 'conflict', kind: 'both-modified' };
    expect(decide(table('1'), table('1', 'noted'), table('2')).decision).toEqual(conflict);
    expect(decide(table('1'), table('2'), table('1', 'noted')).decision).toEqual(conflict);
    expect(decide(table('1'), table('2'), table('3', 'noted')).decision).toEqual(conflict);
  });

  test('takes metadata that one side set on the same content, or together with another one', () => {
    const { sides, decision } = decide(table('1'), table('1'), table('1', 'noted'));
    expect(decision).toEqual({ action: 'take', entry: sides.theirs });
    const both = decide(table('1'), table('1'), table('2', 'noted'));
    expect(both.decision).toEqual({ action: 'take', entry: both.sides.theirs });
    const ours = decide(table('1'), table('1', 'noted'), table('1'));
    expect(ours.decision).toEqual({ action: 'keep', entry: ours.sides.ours });
  });

  test('is a conflict when both sides set different metadata, or one deleted what the other annotated', () => {
    expect(decide(table('1'), table('1', 'a'), table('1', 'b')).decision).toEqual({
      action: 'conflict',
      kind: 'both-modified',
    });
    expect(decide(undefined, table('1', 'a'), table('1', 'b')).decision).toEqual({
      action: 'conflict',
      kind: 'both-added',
    });
    expect(decide(table('1'), undefined, table('1', 'b')).decision).toEqual({
      action: 'conflict',
      kind: 'modified-deleted',
    });
  });

  test('merges contents whose metadata agree', () => {
    const { decision } = decide(table('1', 'noted'), table('2', 'noted'), table('3', 'noted'));
    expect(decision).toEqual({ action: 'merge' });
  });
});

test('planMerge sees a change of metadata alone', () => {
  const base = treeOf(table('1'));
  const ours = source.commit(base, { other: '2' });
  const theirs = treeOf(table('1', 'noted'));
  expect([...planMerge(source, { base, ours, theirs })]).toMatchObject([
    { action: 'take', path, entry: { name: path } },
  ]);
});
