import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxMergeBytes } from '../../../src/core/merge/contents.js';
import { mayMergeContents, mergeContents } from '../../../src/core/merge/merge-content.js';
import { mergeOrder } from '../../../src/core/merge/merge-order.js';
import { mergeTable, type TableMerge } from '../../../src/core/merge/table-merge.js';
import { planMerge } from '../../../src/core/merge/three-way.js';
import { MemoryTree } from '../../helpers/memory-tree.js';
import { mergeModelTables, readCsv, threeTables, writeCsv } from '../../helpers/model-table.js';

const labels = { ours: 'ours', theirs: 'theirs' };

function merge(
  base: string | undefined,
  ours: string,
  theirs: string,
  format: 'csv' | 'tsv' | 'jsonl' = 'csv',
): TableMerge {
  const contents = {
    base: base === undefined ? undefined : Buffer.from(base),
    ours: Buffer.from(ours),
    theirs: Buffer.from(theirs),
  };
  return mergeTable(contents, format, labels);
}

function textOf(merged: TableMerge): string {
  if (merged.kind !== 'merged' || merged.content.kind === 'refused') throw new Error(merged.kind);
  return Buffer.from(merged.content.bytes).toString();
}

function isClean(merged: TableMerge): boolean {
  return merged.kind === 'merged' && merged.content.kind === 'clean';
}

describe('mergeTable against a model of cells', () => {
  test('merges exactly when the model does, to the same cells', () => {
    fc.assert(
      fc.property(threeTables, (models) => {
        const { base, ours, theirs } = models;
        const merged = merge(writeCsv(base), writeCsv(ours), writeCsv(theirs));
        const expected = mergeModelTables(base, ours, theirs);
        expect(isClean(merged)).toBe(expected !== undefined);
        if (expected === undefined) return;
        const found = readCsv(textOf(merged));
        expect(new Set(found.keys())).toEqual(new Set(expected.keys()));
        for (const [id, cells] of expected) {
          expect(Object.fromEntries(found.get(id) ?? [])).toEqual(Object.fromEntries(cells));
        }
      }),
      { numRuns: Number(process.env['OXEN_MERGE_RUNS'] ?? 1500) },
    );
  });

  test('keeps the lines of rows that nobody changed', () => {
    fc.assert(
      fc.property(threeTables, (tables) => {
        const [base = '', ours = '', theirs = ''] = [tables.base, tables.ours, tables.theirs].map(
          writeCsv,
        );
        const merged = merge(base, ours, theirs);
        if (merged.kind !== 'merged') return;
        const [ourLines, theirLines] = [new Set(ours.split('\n')), new Set(theirs.split('\n'))];
        const common = base
          .split('\n')
          .filter((line) => ourLines.has(line) && theirLines.has(line));
        expect(textOf(merged).split('\n')).toEqual(expect.arrayContaining(common));
      }),
      { numRuns: 500 },
    );
  });

  test('gives a side back byte by byte when the other did not change', () => {
    fc.assert(
      fc.property(threeTables, ({ base, ours }) => {
        const [before, after] = [writeCsv(base), writeCsv(ours)];
        expect(textOf(merge(before, after, before))).toBe(after);
        expect(textOf(merge(before, before, after))).toBe(after);
        expect(textOf(merge(before, after, after))).toBe(after);
      }),
      { numRuns: 500 },
    );
  });

  test('gives the same bytes whichever side is ours', () => {
    fc.assert(
      fc.property(threeTables, (models) => {
        const [base, ours, theirs] = [models.base, models.ours, models.theirs].map(writeCsv);
        const found = merge(base, ours ?? '', theirs ?? '');
        const mirrored = merge(base, theirs ?? '', ours ?? '');
        expect(isClean(mirrored)).toBe(isClean(found));
        if (isClean(found)) expect(textOf(mirrored)).toBe(textOf(found));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('mergeTable', () => {
  const base = 'id,name,score\n1,"cat",0.50\n2,dog,1\n3,cow,2\n';

  test('takes edits of neighbouring rows and of different cells of one row', () => {
    const ours = base.replace('0.50', '0.75').replace('3,cow,2', '3,ox,2');
    const theirs = base.replace('2,dog', '2,wolf').replace('cow,2', 'cow,7');
    expect(textOf(merge(base, ours, theirs))).toBe(
      'id,name,score\n1,"cat",0.75\n2,wolf,1\n3,ox,7\n',
    );
  });

  test('puts rows that both sides appended one after the other, lower keys first', () => {
    const merged = merge(base, `${base}10,a,1\n`, `${base}9,b,2\n`);
    expect(textOf(merged)).toBe(`${base}9,b,2\n10,a,1\n`);
  });

  test('fills a column that one side added into the rows of the other', () => {
    const ours = 'id,name,split,score\n1,"cat",train,0.50\n2,dog,test,1\n3,cow,train,2\n';
    const theirs = `${base.replace('dog', 'wolf')}4,hen,5\n`;
    expect(textOf(merge(base, ours, theirs))).toBe(
      'id,name,split,score\n1,"cat",train,0.50\n2,wolf,test,1\n3,cow,train,2\n4,hen,,5\n',
    );
  });

  test('follows the side that sorted the rows', () => {
    const sorted = 'id,name,score\n3,cow,2\n2,dog,1\n1,"cat",0.50\n';
    const theirs = `${base.replace('dog', 'wolf')}4,hen,5\n`;
    expect(textOf(merge(base, sorted, theirs))).toBe(
      'id,name,score\n3,cow,2\n4,hen,5\n2,wolf,1\n1,"cat",0.50\n',
    );
  });

  test('marks the rows on which the sides disagree, and merges the others', () => {
    const ours = base.replace('dog', 'wolf').replace('cat', 'lion');
    const theirs = base.replace('2,dog,1', '2,fox,8').replace('3,cow,2\n', '');
    const merged = merge(base, ours, theirs);
    expect(textOf(merged)).toBe(
      'id,name,score\n1,"lion",0.50\n<<<<<<< ours\n2,wolf,8\n=======\n2,fox,8\n>>>>>>> theirs\n',
    );
    expect(merged).toMatchObject({
      keys: ['id'],
      content: { conflictCount: 1 },
      conflicts: [
        { key: ['2'], cells: [{ column: 'name', base: 'dog', ours: 'wolf', theirs: 'fox' }] },
      ],
    });
  });

  test('marks a row that one side changed and the other deleted', () => {
    const merged = merge(base, base.replace('2,dog,1\n', ''), base.replace('dog', 'fox'));
    expect(textOf(merged)).toBe(
      'id,name,score\n1,"cat",0.50\n<<<<<<< ours\n=======\n2,fox,1\n>>>>>>> theirs\n3,cow,2\n',
    );
    expect(merged).toMatchObject({ conflicts: [{ key: ['2'], cells: [] }] });
  });

  test('keeps line endings, a missing final newline and quotes of rows that nobody changed', () => {
    const mixed = '\ufeffid,n\r\n1,"a"\n2,b\r\n3,c';
    const merged = merge(mixed, `${mixed}\r\n4,d`, mixed.replace('2,b', '2,x'));
    expect(textOf(merged)).toBe('\ufeffid,n\r\n1,"a"\n2,x\r\n3,c\r\n4,d');
    const both = merge(mixed, `${mixed}\r\n4,d`, `${mixed}\r\n5,e`);
    expect(textOf(both)).toBe('\ufeffid,n\r\n1,"a"\n2,b\r\n3,c\r\n4,d\r\n5,e');
  });

  test('takes another way of writing from one side and a value from the other', () => {
    const quoted = 'id,n\n"1","a"\n"2","b"\n';
    expect(textOf(merge('id,n\n1,a\n2,b\n', quoted, 'id,n\n1,a\n2,x\n'))).toBe(
      'id,n\n"1","a"\n"2",x\n',
    );
  });

  test('merges jsonl by members and keeps digits, spaces and members that only one side has', () => {
    const rows = '{"id": 1, "n": 12345678901234567890, "a": 1.0}\n{"id": 2, "a": {"b": 1}}\n';
    const ours = rows.replace('1.0', '1.5');
    const theirs = rows.replace('"a": 1.0}', '"a": 1.0, "label": "x"}').replace('{"b": 1}', '[]');
    expect(textOf(merge(rows, ours, theirs, 'jsonl'))).toBe(
      '{"id": 1, "n": 12345678901234567890, "a": 1.5, "label": "x"}\n{"id": 2, "a": []}\n',
    );
  });

  test('tells digits of large numbers apart', () => {
    const row = (digit: number) => `{"id":1,"n":1234567890123456789${digit}}\n`;
    expect(merge(row(0), row(1), row(2), 'jsonl')).toMatchObject({ content: { conflictCount: 1 } });
  });

  test('merges tables that both sides added, when they agree', () => {
    expect(textOf(merge(undefined, 'id,a\n1,x\n', 'id,a\n1,x\n2,y\n'))).toBe('id,a\n1,x\n2,y\n');
    const differing = merge(undefined, 'id,a\n1,x\n', 'id,a\n1,y\n');
    expect(differing).toMatchObject({ content: { kind: 'conflict' } });
  });

  test.each([
    ['no column is unique', 'a,b\n1,1\n1,1\n', 'a,b\n1,1\n1,1\n1,2\n', 'a,b\n1,1\n1,1\n'],
    ['a version is ragged', 'a,b\n1,1\n', 'a,b\n1\n', 'a,b\n1,2\n'],
    ['delimiters differ', 'a,b\n1,1\n', 'a;b\n1;1\n', 'a,b\n1,2\n'],
    ['a removed column was changed', 'a,b,c\n1,1,1\n', 'a,b\n1,1\n', 'a,b,c\n1,1,2\n'],
    ['both sides reordered', 'a\n1\n2\n3\n', 'a\n2\n1\n3\n', 'a\n1\n3\n2\n'],
  ])('is left to the merge by lines when %s', (_, before, ours, theirs) => {
    expect(merge(before, ours, theirs).kind).toBe('unsuited');
  });

  test('uses the keys it is told', () => {
    const rows = 'v,id\n1,a\n1,b\n';
    const contents = {
      base: Buffer.from(rows),
      ours: Buffer.from(rows.replace('1,a', '2,a')),
      theirs: Buffer.from(rows.replace('1,b', '3,b')),
    };
    expect(textOf(mergeTable(contents, 'csv', labels, { keys: ['id'] }))).toBe('v,id\n2,a\n3,b\n');
    expect(mergeTable(contents, 'csv', labels, { keys: ['v'] }).kind).toBe('unsuited');
    expect(mergeTable(contents, 'csv', labels, { keys: ['none'] }).kind).toBe('unsuited');
  });
});

describe('mergeContents', () => {
  const contents = {
    base: Buffer.from('id,v\n1,a\n2,b\n'),
    ours: Buffer.from('id,v\n1,x\n2,b\n'),
    theirs: Buffer.from('id,v\n1,a\n2,y\n'),
  };

  test('merges a table by rows and the same bytes under another name by lines', () => {
    expect(mergeContents('t.csv', contents, labels)).toMatchObject({
      content: { kind: 'clean' },
      rows: { keys: ['id'] },
    });
    expect(mergeContents('t.txt', contents, labels)).toMatchObject({
      content: { kind: 'conflict' },
      rows: undefined,
    });
  });

  test('merges by lines what is no table', () => {
    const ragged = { ...contents, ours: Buffer.from('id,v\n1\n2,b\n') };
    expect(mergeContents('t.csv', ragged, labels).rows).toBeUndefined();
  });
});

describe('mayMergeContents', () => {
  test('knows from the nodes which contents are worth reading', () => {
    const source = new MemoryTree();
    const files = (content: string, metadata = new Uint8Array(0)) => ({
      'a.txt': content,
      't.csv': { content, metadata },
      't.parquet': { content, metadata },
      'large.txt': content.repeat(maxMergeBytes / 2),
    });
    const roots = {
      base: source.commit(undefined, files('12')),
      ours: source.commit(undefined, files('123')),
      theirs: source.commit(undefined, files('124')),
    };
    const steps = [...planMerge(source, roots, { isMergeable: mayMergeContents })];
    expect(steps.map(({ action, path }) => `${action} ${path}`)).toEqual([
      'merge a.txt',
      'conflict large.txt',
      'merge t.csv',
      'conflict t.parquet',
    ]);
  });
});

describe('mergeOrder', () => {
  const names = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 8 });

  test('holds every name once and keeps the order of each side where base is in order', () => {
    fc.assert(
      fc.property(names, names, names, (base, ours, theirs) => {
        const merged = mergeOrder(base, ours, theirs);
        if (merged === undefined) return;
        expect([...merged].sort()).toEqual([...new Set([...ours, ...theirs])].sort());
        expect(mergeOrder(base, theirs, ours)?.length).toBe(merged.length);
      }),
    );
  });

  test('gives a side back when the other is base', () => {
    fc.assert(
      fc.property(names, names, (base, side) => {
        const kept = new Set(side);
        const merged = mergeOrder(base, side, base);
        expect(merged?.filter((name) => kept.has(name))).toEqual(side);
      }),
    );
  });
});
