import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CommitId } from '../../../src/core/model/hash.js';
import { StoreEnvironment } from '../../../src/core/store/environment.js';
import {
  branchNameProblem,
  branchRef,
  remoteRef,
  tagRef,
} from '../../../src/core/store/ref-names.js';
import { RefStore } from '../../../src/core/store/refs.js';
import { runModule } from '../../helpers/child.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const first = 'a1' as CommitId;
const second = 'b2' as CommitId;
const main = branchRef('main');

let directory: string;
let environment: StoreEnvironment;
let refs: RefStore;

beforeEach(async () => {
  directory = temporaryDirectory();
  environment = await StoreEnvironment.open(directory, { create: true });
  refs = new RefStore(environment);
});

afterEach(() => environment.close());

describe('RefStore', () => {
  test('creates, moves and removes a reference', () => {
    refs.compareAndSwap({ name: main, expected: undefined, next: first });
    expect(refs.read(main)).toBe(first);
    refs.compareAndSwap({ name: main, expected: first, next: second });
    expect(refs.read(main)).toBe(second);
    refs.compareAndSwap({ name: main, expected: second, next: undefined });
    expect(refs.read(main)).toBeUndefined();
  });

  test('refuses a change that expects something else', async () => {
    refs.compareAndSwap({ name: main, expected: 'any', next: first });
    const changes = [
      { name: main, expected: second, next: second },
      { name: main, expected: undefined, next: second },
      { name: branchRef('gone'), expected: first, next: second },
    ];
    for (const change of changes) {
      await expect(refs.update([change])).rejects.toMatchObject({ kind: 'conflict' });
    }
    expect(refs.listAll()).toEqual([{ name: main, commitId: first }]);
  });

  test('makes all changes or none', async () => {
    const other = branchRef('other');
    const changes = [
      { name: other, expected: undefined, next: first },
      { name: main, expected: first, next: second },
    ];
    await expect(refs.update(changes)).rejects.toMatchObject({ kind: 'conflict' });
    expect(await refs.getMany([main, other])).toEqual([undefined, undefined]);
  });

  test('lists by prefix, sorted by name', async () => {
    const names = [tagRef('v1'), remoteRef('origin', 'main'), branchRef('b'), branchRef('a/b')];
    for (const name of names) refs.compareAndSwap({ name, expected: undefined, next: first });
    const listed = async (prefix: string) => (await refs.list(prefix)).map(({ name }) => name);
    expect(await listed('heads/')).toEqual(['heads/a/b', 'heads/b']);
    expect(await listed('remotes/origin/')).toEqual(['remotes/origin/main']);
    expect(await listed('')).toHaveLength(4);
  });

  test('lets exactly one of several processes win', async () => {
    const race = `
      import { StoreEnvironment } from './src/core/store/environment.ts';
      import { RefStore } from './src/core/store/refs.ts';
      const [, , directory, id] = process.argv;
      const refs = new RefStore(await StoreEnvironment.open(directory));
      try {
        refs.compareAndSwap({ name: 'heads/main', expected: undefined, next: id });
        process.stdout.write(id);
      } catch (error) {
        if (error.kind !== 'conflict') throw error;
      }`;
    const ids = ['a1', 'b2', 'c3', 'd4'];
    const outputs = await Promise.all(ids.map((id) => runModule(race, [directory, id])));
    const winners = outputs.filter((output) => output !== '');
    environment.refresh();
    expect(winners).toEqual([refs.read(main)]);
  });
});

describe('branch names', () => {
  test.each([
    'main',
    'feature/x',
    'ünïcode',
    'a.b',
    'deadbeef',
    'v1.0',
    'a@b',
    '@x',
  ])('allow %s', (name) => expect(branchNameProblem(name)).toBeUndefined());

  test.each([
    '',
    'HEAD',
    '@',
    '-x',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a/.b',
    'a.',
    'a..b',
    'a.lock',
    'a.lock/b',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[b',
    'a\\b',
    'a@{1}',
    'a\0',
    'a\x7f',
    '\ud800',
    '0123456789abcdef0123456789ABCDEF',
    'x'.repeat(501),
  ])('refuse %j', (name) => {
    expect(branchNameProblem(name)).toBeTypeOf('string');
    expect(() => branchRef(name)).toThrow('cannot be the name of a branch');
  });

  test('of any text either come back from the store or are refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        if (branchNameProblem(name) !== undefined) return;
        refs.compareAndSwap({ name: branchRef(name), expected: 'any', next: first });
        expect(refs.listAll('heads/').map((ref) => ref.name)).toContain(`heads/${name}`);
      }),
    );
  });
});
