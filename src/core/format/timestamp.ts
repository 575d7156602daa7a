/**
 * The nine integers in which a commit payload stores its time, as the Rust crate `time` 0.3 serialises an
 * OffsetDateTime: year, day of the year from 1, hour, minute, second, nanosecond, and the offset from UTC in
 * hours, minutes and seconds (always 0 where Oxen writes them).
 */
import { IntegrityError, InvalidInputError } from '../model/errors.js';
import type { Timestamp } from '../model/node.js';
import type { MsgpackWriter } from './msgpack.js';
import type { MsgpackReader } from './msgpack-reader.js';

const daySeconds = 86_400;
const maxYear = 9999;

/**
 * Appends a point in time as an array of nine integers.
 * @throws InvalidInputError when its year is not between -9999 and 9999
 */
export function writeTimestamp(writer: MsgpackWriter, timestamp: Timestamp): void {
  const days = Math.floor(timestamp.seconds / daySeconds);
  const second = timestamp.seconds - days * daySeconds;
  const year = new Date(days * daySeconds * 1000).getUTCFullYear();
  if (!(Math.abs(year) <= maxYear)) {
    throw new InvalidInputError(`The time ${timestamp.seconds} s cannot be stored in a commit.`);
  }
  writer.array(9);
  writer.integer(year);
  writer.integer(days - firstDayOf(year) + 1);
  writer.integer(Math.floor(second / 3600));
  writer.integer(Math.floor(second / 60) % 60);
  writer.integer(second % 60);
  writer.integer(timestamp.nanoseconds);
  for (let index = 0; index < 3; index++) writer.integer(0);
}

/**
 * Reads a point in time that `writeTimestamp` or the original wrote.
 * @throws IntegrityError when it is malformed or a field is out of range
 */
export function readTimestamp(reader: MsgpackReader): Timestamp {
  reader.arrayOf(9);
  const year = readWithin(reader, -maxYear, maxYear);
  const day = readWithin(reader, 1, 366);
  const hour = readWithin(reader, 0, 23);
  const minute = readWithin(reader, 0, 59);
  const second = readWithin(reader, 0, 59);
  const nanoseconds = readWithin(reader, 0, 999_999_999);
  const offset =
    readWithin(reader, -25, 25) * 3600 +
    readWithin(reader, -59, 59) * 60 +
    readWithin(reader, -59, 59);
  const days = firstDayOf(year) + day - 1;
  return {
    seconds: days * daySeconds + hour * 3600 + minute * 60 + second - offset,
    nanoseconds,
  };
}

/** Returns the number of days from 1970-01-01 to the first day of `year`. */
function firstDayOf(year: number): number {
  return new Date(0).setUTCFullYear(year, 0, 1) / (daySeconds * 1000);
}

function readWithin(reader: MsgpackReader, least: number, most: number): number {
  const value = reader.integer();
  if (value >= least && value <= most) return value;
  throw new IntegrityError(
    `A commit is damaged: a part of its time is ${value}, not ${least} to ${most}.`,
  );
}
