/** JSON values for property tests, without the one key that the msgpack oracle refuses to read. */
import fc from 'fast-check';

/** Any JSON value but those with a key `__proto__`. */
export const jsonValue = fc
  .jsonValue()
  .filter((value) => !JSON.stringify(value).includes('__proto__'));
