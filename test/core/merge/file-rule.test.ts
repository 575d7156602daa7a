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
  test('takes the metadata of one side and the content of the other', () => {
    const { sides, decision } = decide(table('1'), table('1', 'noted'), table('2'));
    expect(decision).toEqual({ action: 'take', entry: sides.theirs, metadataFrom: sides.ours });
    const mirrored = decide(table('1'), table('2'), table('1', 'noted'));
    expect(mirrored.decision).toEqual({
      action: 'take',
      entry: mirrored.sides.ours,
      metadataFrom: mirrored.sides.theirs,
    });
  });

  test('takes metadata that theirs set on the same content', () => {
    const { sides, decision } = decide(table('1'), table('1'), table('1', 'noted'));
    expect(decision).toMatchObject({ action: 'take', metadataFrom: sides.theirs });
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

  test('merges contents under the metadata that one side set', () => {
    const { sides, decision } = decide(table('1'), table('2'), table('3', 'noted'));
    expect(decision).toEqual({ action: 'merge', metadataFrom: sides.theirs });
  });
});

test('planMerge sees a change of metadata alone', () => {
  const base = treeOf(table('1'));
  const ours = source.commit(base, { other: '2' });
  const theirs = treeOf(table('1', 'noted'));
  expect([...planMerge(source, { base, ours, theirs })]).toMatchObject([
    { action: 'take', path, metadataFrom: { name: path } },
  ]);
});
