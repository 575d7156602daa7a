import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isUnfinishedCopy } from '../../../src/core/worktree/unfinished-copy.js';
import { workingTree } from './working-tree.js';

async function* pieces(content: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

function check(entry: Uint8Array | string, content: string, size = 2): Promise<boolean> {
  const root = workingTree({ file: entry });
  return isUnfinishedCopy(join(root, 'file'), pieces(Buffer.from(content), size));
}

test('recognises an empty file, a first part and the whole', async () => {
  for (const start of ['', 'c', 'co', 'cont', 'content']) {
    expect(await check(start, 'content')).toBe(true);
  }
  expect(await check('', '')).toBe(true);
});

test('does not recognise other bytes, and more bytes than the content has', async () => {
  for (const other of ['x', 'conx', 'content!', 'contentcontent', 'Content']) {
    expect(await check(other, 'content')).toBe(false);
  }
  expect(await check('x', '')).toBe(false);
});

test('recognises exactly the prefixes, however the content is cut', async () => {
  const bytes = fc.uint8Array({ maxLength: 12, max: 2 });
  await fc.assert(
    fc.asyncProperty(bytes, bytes, fc.integer({ min: 1, max: 5 }), async (file, content, size) => {
      const root = workingTree({ file });
      const isPrefix = Buffer.from(content.subarray(0, file.length)).equals(Buffer.from(file));
      expect(await isUnfinishedCopy(join(root, 'file'), pieces(content, size))).toBe(isPrefix);
    }),
  );
});

test('says no to what is missing or is no file, and does not hang', async () => {
  const root = workingTree({ directory: null, link: { link: 'file' }, file: '' });
  execFileSync('mkfifo', [join(root, 'fifo')]);
  for (const name of ['missing', 'directory', 'link', 'fifo']) {
    expect(await isUnfinishedCopy(join(root, name), pieces(Buffer.from('x'), 1))).toBe(false);
  }
});
