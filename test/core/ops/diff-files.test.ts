import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compareFiles, saveTableDifference } from '../../../src/api/compare-files.js';
import { commitAll, committed, temporaryDirectory, write } from '../../helpers/repository.js';

function files(contents: Readonly<Record<string, string | Uint8Array>>): (name: string) => string {
  const root = temporaryDirectory();
  write(root, contents);
  return (name) => join(root, name);
}

describe('two files', () => {
  test('outside of any repository are compared by what they are', async () => {
    const at = files({
      'a.txt': '1\n2\n',
      'b.txt': '1\n3\n',
      'a.csv': 'id,n\n1,x\n2,y\n',
      'b.tsv': 'id\tn\n1\tx\n2\tz\n',
      'a.bin': Buffer.from([0, 1, 2]),
      'b.bin': Buffer.from([0, 1, 3]),
    });
    const texts = await compareFiles(at('a.txt'), at('b.txt'));
    expect(texts).toMatchObject({
      leftPath: at('a.txt'),
      path: at('b.txt'),
      change: { kind: 'text', addedCount: 1, removedCount: 1 },
    });
    const tables = await compareFiles(at('a.csv'), at('b.tsv'), { keys: ['id'] });
    expect(tables?.change).toMatchObject({ kind: 'table', modifiedCount: 1, addedCount: 0 });
    expect((await compareFiles(at('a.bin'), at('b.bin')))?.change).toEqual({ kind: 'binary' });
    expect(await compareFiles(at('a.bin'), at('a.bin'))).toBeUndefined();
    await expect(compareFiles(at('a.txt'), at('nope'))).rejects.toThrow('no file that can be read');
    await expect(compareFiles(at('a.txt'), at('.'))).rejects.toThrow('no file that can be read');
  });

  test('that links lead to are followed', async () => {
    const at = files({ 'a.txt': '1\n', 'b.txt': '2\n' });
    symlinkSync(at('b.txt'), at('link.txt'));
    expect(await compareFiles(at('b.txt'), at('link.txt'))).toBeUndefined();
    expect(await compareFiles(at('a.txt'), at('link.txt'))).toBeDefined();
  });

  test('of a repository may be those of a revision', async () => {
    const made = await committed({ 'd/a.csv': 'id,n\n1,x\n' });
    await commitAll(made, 'second', { 'd/a.csv': 'id,n\n1,y\n' });
    write(made.root, { 'other.csv': 'id,n\n1,x\n', 'HEAD:x': 'a file all the same\n' });
    const of = async (left: string, right: string) =>
      (await made.diffFiles(left, right, { keys: ['id'] }))?.change;
    expect(await of('HEAD~1:d/a.csv', 'HEAD:d/a.csv')).toMatchObject({ modifiedCount: 1 });
    expect(await of('HEAD~1:d/a.csv', 'other.csv')).toBeUndefined();
    expect(await of('main:d/a.csv', 'other.csv')).toMatchObject({ modifiedCount: 1 });
    expect(await of('HEAD:x', 'other.csv')).toBeDefined();
    expect(made.namesStoredFile('HEAD:d/a.csv')).toBe(true);
    expect(made.namesStoredFile('HEAD:d')).toBe(false);
    expect(made.namesStoredFile('nope:d/a.csv')).toBe(false);
  });
});

test('an unknown key is refused with the name of the file', async () => {
  const made = await committed({ 'd/a.csv': 'id,n\n1,x\n' });
  write(made.root, { 'd/a.csv': 'id,n\n1,y\n' });
  const reading = made.diff([], { tables: { keys: ['nope'] } }).next();
  await expect(reading).rejects.toMatchObject({
    message: "d/a.csv: The tables have no common column 'nope'.",
    hint: 'Their common columns are: id, n',
    path: 'd/a.csv',
  });
});

describe('the difference of a table as a file', () => {
  const left = 'id,n,t\n1,1.5,x\n2,2,"a, b"\n3,3,z\n';
  const right = 'id,n,t\n1,1.5,x\n2,2.5,"a ""b"""\n4,4,new\n';

  test('is csv, tsv or jsonl, as its name says', async () => {
    const at = files({ 'a.csv': left, 'b.csv': right });
    const found = await compareFiles(at('a.csv'), at('b.csv'), { keys: ['id'] });
    if (found === undefined) throw new Error('no difference');
    const saved = (name: string) => {
      saveTableDifference(at(name), found.change);
      return readFileSync(at(name), 'utf8');
    };
    expect(saved('out.csv')).toBe(
      'id,n.left,n.right,t.left,t.right,_oxen_diff_status\n' +
        '2,2,2.5,"a, b","a ""b""",modified\n' +
        '3,3,,z,,removed\n' +
        '4,,4,,new,added\n',
    );
    expect(saved('out.tsv')).toContain('4\t\t4\t\tnew\tadded\n');
    expect(saved('out.jsonl').split('\n')[0]).toBe(
      '{"id":2,"n.left":2,"n.right":2.5,"t.left":"a, b","t.right":"a \\"b\\"","_oxen_diff_status":"modified"}',
    );
  });

  test('needs a table and a name that says how', async () => {
    const at = files({ 'a.csv': left, 'b.csv': right });
    const found = await compareFiles(at('a.csv'), at('b.csv'), { keys: ['id'] });
    if (found === undefined) throw new Error('no difference');
    expect(() => saveTableDifference(at('out.txt'), found.change)).toThrow('which format');
    expect(() => saveTableDifference(at('out.parquet'), found.change)).toThrow('which format');
    expect(() => saveTableDifference(at('out.csv'), { kind: 'binary' })).toThrow(
      'Only the difference',
    );
  });
});
