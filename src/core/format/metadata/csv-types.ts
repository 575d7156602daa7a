/**
 * The type of a csv field and of a column of them, as polars 0.55 infers them without dates (merkle-format.md, section 2.3). The type
 * of a field is one bit, so that a column is the set of the types seen in it.
 */

/** Types of fields, as bits. */
export const csvTypes = { bool: 1, float: 2, integer: 4, bigInteger: 8, text: 16 } as const;

const quote = 0x22;
const maxSafeDigits = 18; // every integer of so many digits fits 64 bits
const looksSimple = /^[\x20-\x7e]*$/;
const bool = /^(?:true|false)$/iu;
const float =
  /^[-+]?(?:\p{Nd}*\.\p{Nd}+(?:[eE][-+]?\p{Nd}+)?|inf|NaN|\p{Nd}+[eE][-+]?\p{Nd}+|\p{Nd}+\.)$/u;
const integer = /^-?\p{Nd}+$/u;

/** Returns the type of the field from `start` up to `end`, at least one byte, without its quotes. */
export function fieldType(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start] ?? 0;
  const isNumberStart =
    (first >= 0x30 && first <= 0x39) || first === 0x2d || first === 0x2b || first === 0x2e;
  if (isNumberStart) return numberType(bytes, start, end);
  if (first >= 0x80 || first === 0x49 || first === 0x69 || first === 0x4e) {
    return typeOfText(asText(bytes, start, end));
  }
  const isBoolStart = first === 0x74 || first === 0x54 || first === 0x66 || first === 0x46;
  if (!isBoolStart || end - start > 6) return csvTypes.text;
  return bool.test(asText(bytes, start, end)) ? csvTypes.bool : csvTypes.text;
}

/** Plain integers are told without making a text; everything else by the patterns. */
function numberType(bytes: Uint8Array, start: number, end: number): number {
  let at = bytes[start] === 0x2d ? start + 1 : start;
  const digits = end - at;
  while (at < end && (bytes[at] ?? 0) >= 0x30 && (bytes[at] ?? 0) <= 0x39) at++;
  if (at === end && digits > 0 && digits <= maxSafeDigits) return csvTypes.integer;
  return typeOfText(asText(bytes, start, end));
}

function typeOfText(text: string): number {
  if (text.length >= 2 && text.charCodeAt(0) === quote && text.endsWith('"')) return csvTypes.text;
  if (bool.test(text)) return csvTypes.bool;
  if (float.test(text)) return csvTypes.float;
  if (!integer.test(text)) return csvTypes.text;
  return looksSimple.test(text) && isInt64(text) ? csvTypes.integer : csvTypes.bigInteger;
}

function isInt64(digits: string): boolean {
  const significant = digits.replace(/^-?0*/, '');
  if (significant.length > maxSafeDigits + 1) return false;
  const value = BigInt(significant === '' ? '0' : significant);
  return value < 2n ** 63n || (digits.startsWith('-') && value === 2n ** 63n);
}

function asText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

/** Returns the name of the type of a column in which the types of the set `seen` occur. */
export function columnType(seen: number): string {
  switch (seen) {
    case csvTypes.bool:
      return 'bool';
    case csvTypes.integer:
      return 'i64';
    case csvTypes.bigInteger:
    case csvTypes.integer | csvTypes.bigInteger:
      return 'i128';
    case csvTypes.float:
    case csvTypes.integer | csvTypes.float:
    case csvTypes.bigInteger | csvTypes.float:
      return 'f64';
    default:
      return 'str';
  }
}
