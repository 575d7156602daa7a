import { describe, expect, test } from 'vitest';
import { closestName, editDistance } from '../../src/ui/closest-name.js';

describe('the edit distance', () => {
  test.each([
    ['', '', 0],
    ['status', 'status', 0],
    ['stauts', 'status', 1],
    ['statu', 'status', 1],
    ['comit', 'commit', 1],
    ['push', 'pull', 2],
    ['', 'add', 3],
  ])('from %j to %j is %i', (left, right, distance) => {
    expect(editDistance(left, right)).toBe(distance);
    expect(editDistance(right, left)).toBe(distance);
  });
});

describe('the closest name', () => {
  const verbs = ['add', 'branch', 'checkout', 'commit', 'config', 'status', 'workspace list'];

  test.each([
    ['stauts', 'status'],
    ['stat', 'status'],
    ['comit', 'commit'],
    ['chekout', 'checkout'],
    ['workspace lst', 'workspace list'],
  ])('to %j is %j', (typed, expected) => {
    expect(closestName(typed, verbs)).toBe(expected);
  });

  test('is none when nothing is near', () => {
    expect(closestName('frobnicate', verbs)).toBeUndefined();
    expect(closestName('x', verbs)).toBeUndefined();
  });
});
