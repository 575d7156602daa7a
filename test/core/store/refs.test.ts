import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CommitId } from '../../../src/core/model/hash.js';
import { StoreEnvironment } from '../../../src/core/store/environment.js';
import { branchNameProblem, branchRef } from '../../../src/core/store/ref-names.js';
import { RefStore } from '../../../src/core/store/refs.js';
import { runModule } from '../../helpers/child.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { testRefs } from './refs-contract.js';

const first = 'a1' as CommitId;
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

testRefs('RefStore', async () => refs);

describe('RefStore', () => {
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
