/**
 * Points in time as RFC 3339 text with up to nine digits of a second, as the Rust crate `time` writes them:
 * `2026-11-21T08:15:48.15707145Z`, without trailing zeros, and without a fraction when it is zero.
 */
import { InvalidInputError } from '../../model/errors.js';
import type { Timestamp } from '../../model/node.js';

const pattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:([Zz])|([+-])(\d\d):(\d\d))$/;
const longest = 64;

/**
 * Returns `timestamp` in UTC.
 * @throws InvalidInputError when its year is not 0 to 9999
 */
export function formatTimestamp(timestamp: Timestamp): string {
  const date = new Date(timestamp.seconds * 1000);
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) {
    throw new InvalidInputError(`The time ${timestamp.seconds} s has no RFC 3339 form.`);
  }
  const fraction = String(timestamp.nanoseconds).padStart(9, '0').replace(/0+$/, '');
  const whole = date.toISOString().slice(0, 19);
  return fraction === '' ? `${whole}Z` : `${whole}.${fraction}Z`;
}

/**
 * Returns the point in time written as `text`, with any offset from UTC.
 * @throws InvalidInputError when it is no such text
 */
export function parseTimestamp(text: string): Timestamp {
  const fields = text.length <= longest ? pattern.exec(text) : null;
  if (fields === null) throw notTimestamp(text);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields
    .slice(1, 7)
    .map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) throw notTimestamp(text);
  if (hour > 23 || minute > 59 || second > 60) throw notTimestamp(text);
  const [sign, offsetHours, offsetMinutes] = fields.slice(9, 12);
  const offset = (Number(offsetHours ?? 0) * 60 + Number(offsetMinutes ?? 0)) * 60;
  return {
    seconds:
      date.getTime() / 1000 +
      hour * 3600 +
      minute * 60 +
      Math.min(second, 59) -
      (sign === '-' ? -offset : offset),
    nanoseconds: Number((fields[7] ?? '').padEnd(9, '0')),
  };
}

function notTimestamp(text: string): InvalidInputError {
  return new InvalidInputError(`${JSON.stringify(text.slice(0, longest))} is not a point in time.`);
}
