/** What any store of references must do; run by the tests of each implementation. */
import { describe, expect, test } from 'vitest';
import type { CommitId } from '../../../src/core/model/hash.js';
import { branchRef, remoteRef, tagRef } from '../../../src/core/store/ref-names.js';
import type { Refs } from '../../../src/core/store/refs.js';

const first = 'a1' as CommitId;
const second = 'b2' as CommitId;
const main = branchRef('main');

/** Registers the tests. */
export function testRefs(name: string, open: () => Promise<Refs>): void {
  describe(`${name} as a store of references`, () => {
    test('creates, moves and removes a reference', async () => {
      const refs = await open();
      await refs.update([{ name: main, expected: undefined, next: first }]);
      expect(await refs.getMany([main])).toEqual([first]);
      await refs.update([{ name: main, expected: first, next: second }]);
      expect(await refs.getMany([main])).toEqual([second]);
      await refs.update([{ name: main, expected: second, next: undefined }]);
      expect(await refs.getMany([main])).toEqual([undefined]);
    });

    test('refuses a change that expects something else', async () => {
      const refs = await open();
      await refs.update([{ name: main, expected: 'any', next: first }]);
      const changes = [
        { name: main, expected: second, next: second },
        { name: main, expected: undefined, next: second },
        { name: branchRef('gone'), expected: first, next: second },
      ];
      for (const change of changes) {
        await expect(refs.update([change])).rejects.toMatchObject({ kind: 'conflict' });
      }
      expect(await refs.list('')).toEqual([{ name: main, commitId: first }]);
    });

    test('makes all changes or none', async () => {
      const refs = await open();
      const other = branchRef('other');
      const changes = [
        { name: other, expected: undefined, next: first },
        { name: main, expected: first, next: second },
      ];
      await expect(refs.update(changes)).rejects.toMatchObject({ kind: 'conflict' });
      expect(await refs.getMany([main, other])).toEqual([undefined, undefined]);
    });

    test('lists by prefix, sorted by name', async () => {
      const refs = await open();
      const names = [tagRef('v1'), remoteRef('origin', 'main'), branchRef('b'), branchRef('a/b')];
      await refs.update(names.map((ref) => ({ name: ref, expected: undefined, next: first })));
      const listed = async (prefix: string) =>
        (await refs.list(prefix)).map((ref) => String(ref.name));
      expect(await listed('heads/')).toEqual(['heads/a/b', 'heads/b']);
      expect(await listed('remotes/origin/')).toEqual(['remotes/origin/main']);
      expect(await listed('')).toHaveLength(4);
    });
  });
}
