import { describe, expect, test } from 'vitest';
import { commitAll, committed, read, repository } from '../../helpers/repository.js';

describe('tags', () => {
  test('features 3, row 10: a tag names a commit for good, and is a revision', async () => {
    const made = await committed({ a: '1' });
    const first = made.createTag('v1');
    const second = await commitAll(made, 'second', { a: '2' });
    made.createTag('release/v2', 'HEAD');
    expect(made.tags()).toEqual([
      { name: 'release/v2', commitId: second.id },
      { name: 'v1', commitId: first },
    ]);
    expect(made.resolve('v1')).toBe(first);
    expect(made.resolve('release/v2~1')).toBe(first);
    await made.checkout('v1');
    expect(read(made.root)).toEqual({ a: '1' });
    expect(made.currentBranch()).toBeUndefined();
  });

  test('are moved only when forced', async () => {
    const made = await committed({ a: '1' });
    const first = made.createTag('v1');
    const second = await commitAll(made, 'second', { a: '2' });
    expect(() => made.createTag('v1')).toThrow('Tag already exists: v1');
    expect(made.resolve('v1')).toBe(first);
    made.createTag('v1', 'HEAD', { force: true });
    expect(made.resolve('v1')).toBe(second.id);
  });

  test('are deleted by name', async () => {
    const made = await committed({ a: '1' });
    const first = made.createTag('v1');
    expect(made.deleteTag('v1')).toBe(first);
    expect(made.tags()).toEqual([]);
    expect(() => made.deleteTag('v1')).toThrow("Tag 'v1' not found");
  });

  test('cli.md 5: bad names and unknown revisions are refused', async () => {
    const made = await committed({ a: '1' });
    for (const name of ['', '-d', 'a..b', 'a b', 'HEAD', 'x.lock', '0'.repeat(32)]) {
      expect(() => made.createTag(name), name).toThrow('cannot be the name of a tag');
    }
    expect(() => made.createTag('v1', 'nope')).toThrow();
    const empty = await repository();
    expect(() => empty.createTag('v1')).toThrow();
  });
});
