import { describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../src/core/model/errors.js';
import { parseTime } from '../../src/ui/parse-time.js';

const now = Date.UTC(2024, 4, 10, 12) / 1000;
const may9 = Date.UTC(2024, 4, 9) / 1000;

describe('a time', () => {
  test('is a date, which means its start or its end in UTC', () => {
    expect(parseTime('2024-05-09', now, 'start')).toBe(may9);
    expect(parseTime('2024-05-09', now, 'end')).toBe(may9 + 86_399);
  });

  test('is a date with a time, in UTC unless a zone is said', () => {
    expect(parseTime('2024-05-09 01:00', now, 'start')).toBe(may9 + 3600);
    expect(parseTime('2024-05-09T01:00:30', now, 'end')).toBe(may9 + 3630);
    expect(parseTime('2024-05-09T01:00Z', now, 'end')).toBe(may9 + 3600);
    expect(parseTime('2024-05-09T01:00:00+02:00', now, 'end')).toBe(may9 - 3600);
  });

  test('is so long ago', () => {
    expect(parseTime('3 days ago', now, 'start')).toBe(now - 3 * 86_400);
    expect(parseTime('1 week', now, 'start')).toBe(now - 7 * 86_400);
    expect(parseTime('2h', now, 'end')).toBe(now - 7200);
    expect(parseTime('Yesterday', now, 'end')).toBe(now - 86_400);
    expect(parseTime('now', now, 'end')).toBe(now);
  });

  test('is nothing else', () => {
    for (const text of [
      '',
      'soon',
      '2024-13-01',
      '2024-05',
      '3 fortnights ago',
      '-1 day',
      '2024-02-30x',
    ]) {
      expect(() => parseTime(text, now, 'start'), text).toThrow(InvalidInputError);
    }
  });
});
