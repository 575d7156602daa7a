import { describe, expect, test } from 'vitest';
import { renderStorage } from '../../../src/ui/storage-view.js';
import { commitAll, committed, repository } from '../../helpers/repository.js';

const text = (letter: string, length: number) => letter.repeat(length);

describe('info --storage', () => {
  test('counts files of HEAD, contents of all commits, and what is dead', async () => {
    const made = await committed({ a: text('a', 1000), same: text('a', 1000), b: text('b', 500) });
    await commitAll(made, 'second', { b: text('c', 700) });
    const before = made.storage();
    expect(before).toMatchObject({
      headFileCount: 3,
      headBytes: 2700,
      commitCount: 2,
      contentCount: 3,
      contentBytes: 2200,
      deduplicatedBytes: 0,
      packCount: 1,
      retiredBytes: 0,
    });
    expect(before.storedBytes).toBeGreaterThanOrEqual(2200);
    expect(before.packBytes).toBe(before.storedBytes + before.deadBytes);
    await made.checkoutNewBranch('doomed');
    await commitAll(made, 'third', { d: text('d', 9000) });
    await made.checkout('main');
    made.deleteBranch('doomed', { force: true });
    expect(made.storage().deadBytes).toBeLessThan(9000); // undo can bring the branch back
    await made.gc({ undoGraceMs: 0 });
    expect(made.storage().retiredBytes).toBeGreaterThan(9000);
    expect(renderStorage(made.storage())).toContain('Files in HEAD:   3 (2.6 KiB)\n');
  });

  test('counts what files share by chunks as deduplicated', async () => {
    const bytes = Buffer.alloc(5_000_000);
    for (let index = 0, state = 7; index < bytes.length; index++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      bytes[index] = state >>> 24;
    }
    const made = await committed({ a: bytes });
    await commitAll(made, 'second', { b: Buffer.concat([bytes, Buffer.from('more')]) });
    const { contentBytes, deduplicatedBytes, storedBytes } = made.storage();
    expect(contentBytes).toBe(10_000_004);
    expect(deduplicatedBytes).toBeGreaterThan(3_500_000);
    expect(storedBytes).toBeLessThan(6_500_000);
  });

  test('works before the first commit', async () => {
    const made = await repository();
    expect(made.storage()).toMatchObject({ headFileCount: 0, contentCount: 0, packCount: 0 });
  });
});
