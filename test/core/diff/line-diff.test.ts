import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffLines, type LineHunk } from '../../../src/core/diff/line-diff.js';

function apply(left: readonly string[], right: readonly string[], hunks: readonly LineHunk[]) {
  const result: string[] = [];
  let next = 0;
  for (const { leftStart, leftCount, rightStart, rightCount } of hunks) {
    expect(leftStart).toBeGreaterThanOrEqual(next);
    result.push(...left.slice(next, leftStart));
    expect(rightStart).toBe(result.length);
    result.push(...right.slice(rightStart, rightStart + rightCount));
    next = leftStart + leftCount;
  }
  return [...result, ...left.slice(next)];
}

/** Length of the longest common subsequence, the plain way. */
function commonLength(left: readonly string[], right: readonly string[]): number {
  let row = new Array<number>(right.length + 1).fill(0);
  for (const line of left) {
    const below = [0];
    right.forEach((other, index) => {
      const best = Math.max(row[index + 1] ?? 0, below[index] ?? 0);
      below.push(line === other ? (row[index] ?? 0) + 1 : best);
    });
    row = below;
  }
  return row.at(-1) ?? 0;
}

function keptCount(left: readonly string[], hunks: readonly LineHunk[]): number {
  return left.length - hunks.reduce((sum, { leftCount }) => sum + leftCount, 0);
}

const lines = fc.array(fc.constantFrom('a\n', 'b\n', 'c\n', 'd\n', '\n'), { maxLength: 30 });

describe('diffLines', () => {
  test('turns left into right and keeps as many lines as can be kept', () => {
    fc.assert(
      fc.property(lines, lines, (left, right) => {
        const hunks = diffLines(left, right);
        expect(apply(left, right, hunks)).toEqual(right);
        expect(keptCount(left, hunks)).toBe(commonLength(left, right));
      }),
      { numRuns: 1000 },
    );
  });

  test('puts an insertion among equal lines as far down as it can stand', () => {
    expect(diffLines(['a', 'b', 'c'], ['a', 'b', 'b', 'c'])).toEqual([
      { leftStart: 2, leftCount: 0, rightStart: 2, rightCount: 1 },
    ]);
    expect(diffLines(['x', 'x', 'x'], ['x'])).toEqual([
      { leftStart: 1, leftCount: 2, rightStart: 1, rightCount: 0 },
    ]);
  });

  test('stays exact, and quick, for texts that have little in common', () => {
    const left = Array.from({ length: 20_000 }, (_, index) => `left ${index}`);
    const right = Array.from({ length: 20_000 }, (_, index) => `right ${index}`);
    left[500] = 'common';
    right[19_000] = 'common';
    expect(diffLines(left, right)).toHaveLength(2);
    const shuffled = left.map((_, index) => left[(index * 7919) % left.length] ?? '');
    const hunks = diffLines(left, shuffled);
    expect(apply(left, shuffled, hunks)).toEqual(shuffled);
    expect(keptCount(left, hunks)).toBeGreaterThan(5);
  });

  test('aligns a moved block by what stays around it when everything else changed too much', () => {
    const block = Array.from({ length: 3000 }, (_, index) => `block ${index}`);
    const rest = Array.from({ length: 3000 }, (_, index) => `rest ${index}`);
    const hunks = diffLines([...block, ...rest], [...rest, ...block]);
    expect(keptCount([...block, ...rest], hunks)).toBe(3000);
  });
});
