import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DiffLine, diffText, maxDiffBytes } from '../../../src/core/diff/text-diff.js';
import { gitVersion, runGit, titleWithGit } from '../../helpers/git.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const marks: Readonly<Record<DiffLine['kind'], string>> = {
  context: ' ',
  removed: '-',
  added: '+',
};

/** Writes a diff as `git diff` does, without the header of the file. */
function unified(left: string, right: string): string {
  const diff = diffText(Buffer.from(left), Buffer.from(right));
  if (diff.kind !== 'text') throw new Error(diff.kind);
  const range = (start: number, count: number) => (count === 1 ? `${start}` : `${start},${count}`);
  return diff.hunks
    .map(({ leftStart, leftCount, rightStart, rightCount, lines }) => {
      const body = lines.map(({ kind, text, ending }) => {
        const end = ending === '' ? '\n\\ No newline at end of file\n' : ending;
        return marks[kind] + text + end;
      });
      const header = `@@ -${range(leftStart, leftCount)} +${range(rightStart, rightCount)} @@\n`;
      return header + body.join('');
    })
    .join('');
}

const line = fc.constantFrom('a', 'b', 'c', 'd', 'e', '', '1', '2', '3');
const text = fc
  .record({ lines: fc.array(line, { maxLength: 30 }), isFinished: fc.boolean() })
  .map(({ lines, isFinished }) => lines.join('\n') + (isFinished && lines.length > 0 ? '\n' : ''));
const directory = temporaryDirectory();

describe.skipIf(gitVersion === undefined)(titleWithGit('diffText against git'), () => {
  test('makes a patch that git applies, with as few lines as git has', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        fc.pre(left !== right);
        writeFileSync(join(directory, 'left'), left);
        writeFileSync(join(directory, 'right'), right);
        const options = ['diff', '--no-index', '--minimal', '--numstat', 'left', 'right'];
        const [added = 0, removed = 0] = runGit(directory, options)
          .output.toString()
          .split('\t')
          .map(Number);
        const diff = diffText(Buffer.from(left), Buffer.from(right));
        if (diff.kind !== 'text') throw new Error(diff.kind);
        // git leaves lines out that stand on the other side very often: it may need more than the least.
        expect(diff.addedCount).toBeLessThanOrEqual(added);
        expect(diff.addedCount - diff.removedCount).toBe(added - removed);
        writeFileSync(join(directory, 'target'), left);
        const patch = `--- a/target\n+++ b/target\n${unified(left, right)}`;
        expect(runGit(directory, ['apply', '--unidiff-zero', '-'], patch).status).toBe(0);
        expect(runGit(directory, ['hash-object', 'target']).output).toEqual(
          runGit(directory, ['hash-object', 'right']).output,
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe('diffText', () => {
  const bytes = (value: string) => Buffer.from(value);
  const numbers = Array.from({ length: 30 }, (_, index) => `${index + 1}\n`);

  test('gives changes with their context, near ones together', () => {
    const right = numbers.with(9, 'ten\n').with(13, 'fourteen\n').with(29, 'thirty\n');
    expect(unified(numbers.join(''), right.join(''))).toBe(
      '@@ -7,11 +7,11 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n-14\n+fourteen\n 15\n 16\n 17\n' +
        '@@ -27,4 +27,4 @@\n 27\n 28\n 29\n-30\n+thirty\n',
    );
  });

  test('takes the wanted number of lines around a change', () => {
    const right = numbers.with(9, 'ten\n').join('');
    const options = { contextBefore: 3, contextAfter: 2 };
    const diff = diffText(bytes(numbers.join('')), bytes(right), options);
    expect(diff).toMatchObject({ hunks: [{ leftStart: 7, leftCount: 6 }] });
  });

  test('stops at the wanted number of lines and counts on', () => {
    const diff = diffText(undefined, bytes(numbers.join('')), { maxLines: 5 });
    expect(diff).toMatchObject({ addedCount: 30, removedCount: 0, isTruncated: true });
    expect(diff.kind === 'text' && diff.hunks[0]?.lines).toHaveLength(5);
  });

  test('says what it does not compare', () => {
    expect(diffText(bytes('a'), Uint8Array.of(0xff))).toEqual({ kind: 'binary' });
    expect(diffText(bytes('a'), bytes('\0'))).toEqual({ kind: 'binary' });
    const large = new Uint8Array(maxDiffBytes + 1);
    expect(diffText(large, bytes('a'))).toEqual({ kind: 'too large' });
  });

  test('finds no hunks in equal texts and knows a missing final newline', () => {
    expect(diffText(bytes('a\n'), bytes('a\n'))).toMatchObject({ hunks: [], addedCount: 0 });
    expect(diffText(bytes('a\n'), bytes('a'))).toMatchObject({
      hunks: [
        {
          lines: [
            { kind: 'removed', text: 'a', ending: '\n' },
            { kind: 'added', text: 'a', ending: '' },
          ],
        },
      ],
    });
  });
});
