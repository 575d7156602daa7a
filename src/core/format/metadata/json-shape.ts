/**
 * Reads JSON for its types only, in one pass over the bytes, and checks it as strictly as the parser of the original does
 * (simd-json 0.17): numbers keep whether they are whole, strings are checked and skipped. Nesting is bounded.
 */
import { isUtf8 } from 'node:buffer';
import {
  elementType,
  type JsonField,
  type JsonType,
  jsonTypes,
  listType,
  structType,
} from './json-type.js';

const maxDepth = 128;
const maxBigInteger = 2n ** 128n - 1n;
const minBigInteger = -(2n ** 127n);
const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const colon = 0x3a;

/** Reads the types of JSON values in a range of bytes. A range that is no JSON reads as undefined. */
export class JsonShapeReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  #depth = 0;
  #isFailed = false;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#end = end;
  }

  /** Returns the type of the only value in the range. */
  readOnly(): JsonType | undefined {
    const type = this.#value();
    this.#skipSpace();
    return this.#isFailed || this.#at < this.#end ? undefined : type;
  }

  /**
   * Calls `handle` with the type of each element of the array that fills the range. Returns whether the range is such an array.
   */
  readElements(handle: (type: JsonType) => void): boolean {
    this.#depth++;
    this.#skipSpace();
    this.#expect(openBracket);
    for (let isLast = this.#closes(closeBracket); !isLast && !this.#isFailed; ) {
      handle(this.#value());
      isLast = this.#closes(closeBracket);
      if (!isLast) this.#expect(comma);
    }
    this.#skipSpace();
    return !this.#isFailed && this.#at === this.#end;
  }

  #value(): JsonType {
    this.#skipSpace();
    const byte = this.#peek();
    switch (byte) {
      case openBrace:
        return this.#object();
      case openBracket:
        return this.#array();
      case quote:
        this.#string();
        return jsonTypes.text;
      case 0x74:
        return this.#word('true', jsonTypes.bool);
      case 0x66:
        return this.#word('false', jsonTypes.bool);
      case 0x6e:
        return this.#word('null', jsonTypes.null);
      default:
        return this.#number();
    }
  }

  #object(): JsonType {
    this.#enter();
    const fields: JsonField[] = [];
    for (let isLast = this.#closes(closeBrace); !isLast && !this.#isFailed; ) {
      this.#skipSpace();
      const name = this.#name();
      this.#skipSpace();
      this.#expect(colon);
      fields.push({ name, type: this.#value() });
      isLast = this.#closes(closeBrace);
      if (!isLast) this.#expect(comma);
    }
    this.#depth--;
    return structType(fields);
  }

  #array(): JsonType {
    this.#enter();
    const types: JsonType[] = [];
    for (let isLast = this.#closes(closeBracket); !isLast && !this.#isFailed; ) {
      const type = this.#value();
      if (types.at(-1)?.key !== type.key) types.push(type);
      isLast = this.#closes(closeBracket);
      if (!isLast) this.#expect(comma);
    }
    this.#depth--;
    return listType(elementType(types), types);
  }

  #enter(): void {
    this.#at++;
    if (++this.#depth > maxDepth) this.#fail();
  }

  /** Steps over white space and over `byte`; says whether it was there. */
  #closes(byte: number): boolean {
    this.#skipSpace();
    if (this.#peek() !== byte) return false;
    this.#at++;
    return true;
  }

  #name(): string {
    const start = this.#at;
    this.#string();
    if (this.#isFailed) return '';
    const isPlain = this.#bytes.indexOf(backslash, start);
    if (isPlain < 0 || isPlain >= this.#at) {
      return this.#bytes.toString('utf8', start + 1, this.#at - 1);
    }
    return JSON.parse(this.#bytes.toString('utf8', start, this.#at)) as string;
  }

  /** Checks a string and steps over it. */
  #string(): void {
    this.#expect(quote);
    while (this.#at < this.#end) {
      const byte = this.#bytes[this.#at++] ?? 0;
      if (byte === quote) return;
      if (byte < 0x20) break;
      if (byte === backslash && !this.#escape()) break;
    }
    this.#fail();
  }

  /**
   * Steps over what follows a backslash. The first half of a surrogate pair may stand alone, but not before another escaped character
   * than its second half.
   */
  #escape(): boolean {
    const kind = this.#bytes[this.#at++] ?? 0;
    if (kind !== 0x75) return escapable.has(kind);
    const unit = this.#hexUnit();
    if (unit < 0xd800 || unit > 0xdfff) return unit >= 0;
    const isFollowed = this.#bytes[this.#at] === backslash && this.#bytes[this.#at + 1] === 0x75;
    if (unit > 0xdbff || !isFollowed) return unit <= 0xdbff;
    this.#at += 2;
    const low = this.#hexUnit();
    return low >= 0xdc00 && low <= 0xdfff;
  }

  #hexUnit(): number {
    const digits = this.#bytes.toString('latin1', this.#at, Math.min(this.#at + 4, this.#end));
    this.#at += 4;
    return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1;
  }

  #word(word: string, type: JsonType): JsonType {
    const end = this.#at + word.length;
    if (this.#bytes.toString('latin1', this.#at, Math.min(end, this.#end)) !== word) this.#fail();
    this.#at = end;
    if (!this.#isAtBreak()) this.#fail();
    return type;
  }

  #number(): JsonType {
    const start = this.#at;
    if (this.#peek() === 0x2d) this.#at++;
    const digits = this.#at;
    if (this.#peek() === 0x30) this.#at++;
    else this.#skipDigits();
    const wholeEnd = this.#at;
    if (wholeEnd === digits) this.#fail();
    this.#fraction();
    this.#exponent();
    if (!this.#isAtBreak()) this.#fail();
    if (this.#at === wholeEnd) return this.#integerType(start, digits, wholeEnd);
    const value = Number(this.#bytes.toString('latin1', start, this.#at));
    if (!Number.isFinite(value)) this.#fail();
    return jsonTypes.float;
  }

  #fraction(): void {
    if (this.#peek() !== 0x2e) return;
    this.#at++;
    if (this.#skipDigits() === 0) this.#fail();
  }

  #exponent(): void {
    if ((this.#peek() | 0x20) !== 0x65) return;
    this.#at++;
    const sign = this.#peek();
    if (sign === 0x2b || sign === 0x2d) this.#at++;
    if (this.#skipDigits() === 0) this.#fail();
  }

  #integerType(start: number, digits: number, end: number): JsonType {
    if (end - digits <= 18) return jsonTypes.integer;
    if (end - digits > 39) this.#fail();
    if (this.#isFailed) return jsonTypes.integer;
    const value = BigInt(this.#bytes.toString('latin1', start, end));
    if (value >= -(2n ** 63n) && value < 2n ** 63n) return jsonTypes.integer;
    if (value > maxBigInteger || value < minBigInteger) this.#fail();
    return jsonTypes.bigInteger;
  }

  #skipDigits(): number {
    const start = this.#at;
    while (this.#peek() >= 0x30 && this.#peek() <= 0x39) this.#at++;
    return this.#at - start;
  }

  #skipSpace(): void {
    for (let byte = this.#peek(); isSpace(byte); byte = this.#peek()) this.#at++;
  }

  /** Says whether a word or number may end here. */
  #isAtBreak(): boolean {
    const byte = this.#peek();
    if (byte < 0 || isSpace(byte) || byte === comma || byte === colon) return true;
    return (
      byte === closeBracket || byte === closeBrace || byte === openBracket || byte === openBrace
    );
  }

  #expect(byte: number): void {
    if (this.#peek() === byte) this.#at++;
    else this.#fail();
  }

  #peek(): number {
    return this.#at < this.#end ? (this.#bytes[this.#at] ?? -1) : -1;
  }

  #fail(): void {
    this.#isFailed = true;
    this.#at = this.#end;
  }
}

const escapable: ReadonlySet<number> = new Set(Array.from('"\\/bfnrt', (c) => c.charCodeAt(0)));

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Returns the type of the JSON value in a range of bytes, undefined when there is not exactly one or no UTF-8. */
export function jsonTypeOf(bytes: Uint8Array, start: number, end: number): JsonType | undefined {
  if (!isUtf8(bytes.subarray(start, end))) return undefined;
  return new JsonShapeReader(bytes, start, end).readOnly();
}
