/**
 * Small combinators that check JSON from the other side: a shape takes an unknown value and gives it back typed, or says
 * where it does not fit. Everything has a limit; members that a shape does not know are left out.
 */
import { InvalidInputError } from '../../model/errors.js';
import { type Hash, parseHash } from '../../model/hash.js';

/**
 * Returns `value` typed.
 * @throws InvalidInputError saying what was expected at `place`
 */
export type Shape<Value> = (value: unknown, place: string) => Value;

/** The type that a shape gives. */
export type ValueOf<Any extends Shape<unknown>> = ReturnType<Any>;

const longestText = 1024 * 1024;
const longestList = 10_000_000;

/** A string of up to `max` UTF-16 units. */
export function text(max = longestText): Shape<string> {
  return (value, place) => {
    if (typeof value === 'string' && value.length <= max) return value;
    throw misfit(place, `a text of up to ${max} characters`);
  };
}

/** A whole number from `min` to `max`; both at most 2^53 - 1. */
export function integer(min = 0, max = Number.MAX_SAFE_INTEGER): Shape<number> {
  return (value, place) => {
    if (Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max) {
      return Number(value);
    }
    throw misfit(place, `a whole number from ${min} to ${max}`);
  };
}

/** A finite number. */
export const number: Shape<number> = (value, place) => {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw misfit(place, 'a number');
};

/** `true` or `false`. */
export const boolean: Shape<boolean> = (value, place) => {
  if (typeof value === 'boolean') return value;
  throw misfit(place, 'true or false');
};

/** The text of a hash: up to 32 hexadecimal digits, which come back in canonical form. */
export const hash: Shape<Hash> = (value, place) => {
  if (typeof value === 'string' && /^[0-9a-fA-F]{1,32}$/.test(value)) return parseHash(value);
  throw misfit(place, 'a hash');
};

/** One of the given texts. */
export function oneOf<const Text extends string>(...texts: readonly Text[]): Shape<Text> {
  return (value, place) => {
    const found = texts.find((allowed) => allowed === value);
    if (found !== undefined) return found;
    throw misfit(place, `one of ${texts.join(', ')}`);
  };
}

/** A list of up to `max` items. */
export function list<Item>(item: Shape<Item>, max = longestList): Shape<Item[]> {
  return (value, place) => {
    if (!Array.isArray(value)) throw misfit(place, 'a list');
    if (value.length > max) throw misfit(place, `a list of up to ${max} items`);
    return value.map((member, index) => item(member, `${place}[${index}]`));
  };
}

/** Absent, null, or what `shape` takes. */
export function optional<Value>(shape: Shape<Value>): Shape<Value | undefined> {
  return (value, place) =>
    value === undefined || value === null ? undefined : shape(value, place);
}

/** An object with the given members; others are ignored. */
export function record<Fields extends Readonly<Record<string, Shape<unknown>>>>(
  fields: Fields,
): Shape<{ readonly [Name in keyof Fields]: ValueOf<Fields[Name]> }> {
  const names = Object.keys(fields) as (keyof Fields & string)[];
  return (value, place) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw misfit(place, 'an object');
    }
    const members = value as Readonly<Record<string, unknown>>;
    const checked: Partial<Record<keyof Fields, unknown>> = {};
    for (const name of names) {
      const member = Object.hasOwn(members, name) ? members[name] : undefined;
      checked[name] = fields[name]?.(member, place === '' ? name : `${place}.${name}`);
    }
    return checked as { [Name in keyof Fields]: ValueOf<Fields[Name]> };
  };
}

/**
 * Returns what the JSON `source` holds, checked by `shape`.
 * @param what the message as a sentence calls it, for example `The request`
 * @throws InvalidInputError when it is no JSON or does not fit
 */
export function parseJson<Value>(what: string, source: string, shape: Shape<Value>): Value {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (cause) {
    throw new InvalidInputError(`${what} is not valid JSON.`, { cause });
  }
  return checkJson(what, value, shape);
}

/**
 * Returns `value`, already parsed, checked by `shape`.
 * @throws InvalidInputError when it does not fit
 */
export function checkJson<Value>(what: string, value: unknown, shape: Shape<Value>): Value {
  try {
    return shape(value, '');
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new InvalidInputError(`${what} does not fit: ${error.message}`, { cause: error });
  }
}

function misfit(place: string, expected: string): InvalidInputError {
  return new InvalidInputError(`${place === '' ? 'it' : place} must be ${expected}.`);
}
