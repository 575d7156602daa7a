/**
 * The shown form of names: what a terminal or a log gets instead of bytes that could forge lines, colours or
 * directions of writing. The form is git's with `core.quotePath=false`: a name that needs nothing is shown as it is, any
 * other between double quotes with C escapes and three octal digits a byte.
 */
import { isUtf8 } from 'node:buffer';

/** Controls (C0, DEL, C1), quote, backslash, line and paragraph separators, direction controls, lone surrogates. */
const suspicious =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  /[\u0000-\u001f"\\\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/u;

const namedEscapes: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);

/** Returns the form in which `name`, a name or a path, is shown: itself, or quoted with escapes. Never has a line end. */
export function showName(name: string): string {
  if (!suspicious.test(name)) return name;
  let shown = '"';
  for (const character of name) {
    shown += suspicious.test(character) ? escapeBytes(Buffer.from(character)) : character;
  }
  return `${shown}"`;
}

/** Returns the form in which a name is shown that came from the system as `bytes`, valid UTF-8 or not. */
export function showNameBytes(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return showName(Buffer.from(bytes).toString());
  let shown = '"';
  let start = 0;
  while (start < bytes.length) {
    const length = characterLength(bytes, start);
    const character = bytes.subarray(start, start + Math.max(length, 1));
    const text = Buffer.from(character).toString();
    shown += length === 0 || suspicious.test(text) ? escapeBytes(character) : text;
    start += character.length;
  }
  return `${shown}"`;
}

/** Returns the number of bytes of the valid character that starts at `start`, 0 when there is none. */
function characterLength(bytes: Uint8Array, start: number): number {
  const longest = Math.min(4, bytes.length - start);
  for (let length = 1; length <= longest; length++) {
    if (isUtf8(bytes.subarray(start, start + length))) return length;
  }
  return 0;
}

function escapeBytes(bytes: Uint8Array): string {
  let escaped = '';
  for (const byte of bytes) {
    escaped += namedEscapes.get(byte) ?? `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return escaped;
}
