/** Points in time as users type them: dates in UTC, as `log` prints them, and times ago. */
import { InvalidInputError } from '../core/model/errors.js';

const secondsPerUnit: Readonly<Record<string, number>> = {
  s: 1,
  second: 1,
  m: 60,
  minute: 60,
  h: 3600,
  hour: 3600,
  d: 86_400,
  day: 86_400,
  w: 604_800,
  week: 604_800,
  month: 2_629_746, // a twelfth of a mean year
  y: 31_556_952,
  year: 31_556_952,
};

const isoDate = /^\d{4}-\d{2}-\d{2}$/;
const isoTime = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?$/;
const zonedTime = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;
const ago = /^(\d{1,9})\s*([a-z]+?)s?(\s+ago)?$/;

/**
 * Returns the seconds since 1970 that `text` means: `2024-05-09`, `2024-05-09 22:29`, with a zone behind it where it is not UTC,
 * `3 days ago`, `2w`, `yesterday`, `now`.
 * @param edge which end of the day a bare date means
 * @throws InvalidInputError when it is none of these
 */
export function parseTime(text: string, nowSeconds: number, edge: 'start' | 'end'): number {
  const value = text.trim();
  const relative = parseRelative(value.toLowerCase(), nowSeconds);
  if (relative !== undefined) return relative;
  const isDate = isoDate.test(value);
  const iso = isDate ? `${value}T${edge === 'start' ? '00:00:00' : '23:59:59'}` : value;
  const zoned = zonedTime.test(iso) ? iso : `${iso}Z`;
  const isKnown = isDate || isoTime.test(value) || zonedTime.test(value);
  const milliseconds = isKnown ? Date.parse(zoned.replace(' ', 'T')) : Number.NaN;
  if (!Number.isNaN(milliseconds)) return Math.floor(milliseconds / 1000);
  throw new InvalidInputError(`'${text}' is not a date or time.`, {
    hint: "Write it like '2024-05-09', '2024-05-09 22:29' (UTC), '3 days ago' or 'yesterday'.",
  });
}

function parseRelative(text: string, nowSeconds: number): number | undefined {
  if (text === 'now') return nowSeconds;
  if (text === 'yesterday') return nowSeconds - 86_400;
  const [, count, unit] = ago.exec(text) ?? [];
  const seconds = unit === undefined ? undefined : secondsPerUnit[unit];
  return seconds === undefined ? undefined : nowSeconds - Number(count) * seconds;
}
