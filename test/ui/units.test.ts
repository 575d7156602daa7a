import { describe, expect, test } from 'vitest';
import {
  formatDate,
  formatDuration,
  formatElapsed,
  formatSize,
  formatTimestamp,
} from '../../src/ui/units.js';

describe('sizes', () => {
  test.each([
    [0, '0 B'],
    [11, '11 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [3_040_870, '2.9 MiB'],
    [5 * 2 ** 30, '5.0 GiB'],
    [2 ** 60, '1.0 EiB'],
  ])('%i bytes are %s', (size, text) => {
    expect(formatSize(size)).toBe(text);
  });
});

describe('durations', () => {
  test.each([
    [0, '0s'],
    [0.4, '0s'],
    [2, '2ms'],
    [3508, '3s 508ms'],
    [224_439, '3m 44s 439ms'],
    [3_600_000, '1h'],
    [90_000_000, '1day 1h'],
    [172_800_001, '2days 1ms'],
  ])('%d ms are %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe('elapsed times', () => {
  test.each([
    [0, '0ns'],
    [362_448, '362.448µs'],
    [80_760, '80.76µs'],
    [1_500_000, '1.5ms'],
    [2_000_000_001, '2.000000001s'],
  ])('%i ns are %s', (nanoseconds, text) => {
    expect(formatElapsed(nanoseconds)).toBe(text);
  });
});

describe('points in time', () => {
  test('stand in the log as the seeds show them', () => {
    expect(formatDate({ seconds: Date.UTC(2024, 4, 9, 22, 29, 0) / 1000, nanoseconds: 5 })).toBe(
      'Thursday, 09 May 2024 22:29:00 +00',
    );
  });

  test('stand in a node with their fraction', () => {
    const seconds = Date.UTC(2026, 10, 21, 8, 18, 9) / 1000;
    expect(formatTimestamp({ seconds, nanoseconds: 143_190_345 })).toBe(
      '2026-11-21 8:18:09.143190345 +00:00:00',
    );
    expect(formatTimestamp({ seconds, nanoseconds: 525_894_000 })).toBe(
      '2026-11-21 8:18:09.525894 +00:00:00',
    );
    expect(formatTimestamp({ seconds, nanoseconds: 0 })).toBe('2026-11-21 8:18:09.0 +00:00:00');
  });
});
