/** Numbers as people read them, in the forms of the original: sizes, durations, dates. */
import type { Timestamp } from '../core/model/node.js';

const sizeUnits = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** Returns a number of bytes in binary units with one decimal: `11 B`, `2.9 MiB`. */
export function formatSize(sizeBytes: number): string {
  if (sizeBytes < 1024) return `${sizeBytes} B`;
  let value = sizeBytes;
  let unit = -1;
  while (value >= 1024 && unit < sizeUnits.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)} ${sizeUnits[unit]}`;
}

const durationUnits = [
  { name: 'day', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'm', ms: 60_000 },
  { name: 's', ms: 1000 },
  { name: 'ms', ms: 1 },
] as const;

/** Returns a duration in whole milliseconds, largest unit first, empty units left out: `3m 44s 439ms`, `0s`. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.max(0, Math.floor(milliseconds));
  const parts: string[] = [];
  for (const { name, ms } of durationUnits) {
    const count = Math.floor(rest / ms);
    rest -= count * ms;
    if (count > 0) parts.push(`${count}${name === 'day' && count > 1 ? 'days' : name}`);
  }
  return parts.length === 0 ? '0s' : parts.join(' ');
}

/** Returns a short time as `tree` prints it, in its largest unit with the digits that are not zero: `362.448µs`. */
export function formatElapsed(nanoseconds: number): string {
  const units = [
    ['s', 1e9],
    ['ms', 1e6],
    ['µs', 1e3],
  ] as const;
  const [name, size] = units.find(([, unitSize]) => nanoseconds >= unitSize) ?? ['ns', 1];
  return `${Number((nanoseconds / size).toPrecision(12))}${name}`;
}

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** Returns a point in time as `log` prints it, in UTC: `Thursday, 09 May 2024 22:29:00 +00`. */
export function formatDate({ seconds }: Timestamp): string {
  const date = new Date(seconds * 1000);
  const day = `${weekdays[date.getUTCDay()]}, ${twoDigits(date.getUTCDate())}`;
  const month = `${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(twoDigits);
  return `${day} ${month} ${time.join(':')} +00`;
}

/**
 * Returns a point in time as `node` prints it, in UTC: the hour without a leading zero, the fraction without trailing
 * zeros: `2026-11-21 8:18:09.143190345 +00:00:00`.
 */
export function formatTimestamp({ seconds, nanoseconds }: Timestamp): string {
  const date = new Date(seconds * 1000);
  const day = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()].map(twoDigits);
  const time = `${date.getUTCHours()}:${twoDigits(date.getUTCMinutes())}:${twoDigits(date.getUTCSeconds())}`;
  const fraction = String(nanoseconds).padStart(9, '0').replace(/0+$/, '') || '0';
  return `${day.join('-')} ${time}.${fraction} +00:00:00`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
