/**
 * Reads forms in parts (`multipart/form-data`, RFC 2046 and 7578) part by part from a pulled stream: nothing of a part
 * is read before the receiver asks for it, however small the parts are. What is malformed is refused, never skipped.
 */
import { InvalidInputError } from '../../model/errors.js';
import { ByteSource, type ByteStream } from '../byte-source.js';
import { type PartHeaders, parsePartHeaders } from './part-headers.js';

/** What a form may hold at most. */
export interface FormLimits {
  readonly maxParts?: number;
  readonly maxTotalBytes?: number; // of the whole body
}

/** A part as it is met; its content must be taken before the next part is asked for, or is skipped. */
export interface ReadFormPart extends PartHeaders {
  /**
   * Returns the whole content in memory of its own.
   * @throws InvalidInputError when it has more than `maxBytes`
   */
  readAll(maxBytes: number): Promise<Uint8Array>;
  /** Yields the content in pieces that are valid until the next is asked for. */
  stream(): AsyncGenerator<Uint8Array>;
}

const maxHeaderBytes = 16 * 1024;
const maxPreambleBytes = 64 * 1024;
const headerEnd = Buffer.from('\r\n\r\n');
const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/**
 * Yields the parts of a form.
 * @throws InvalidInputError when it is malformed, cut off, or larger than allowed
 */
export async function* readForm(
  stream: ByteStream,
  boundary: string,
  limits: FormLimits = {},
): AsyncGenerator<ReadFormPart> {
  const { maxParts = 10_000_000, maxTotalBytes = Number.MAX_SAFE_INTEGER } = limits;
  const source = new ByteSource(stream, 'The form', { maxBytes: maxTotalBytes });
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  try {
    await skipPreamble(source, delimiter);
    for (let count = 0; !(await isLastDelimiter(source)); count++) {
      if (count >= maxParts) throw refused(`it has more than ${maxParts} parts`);
      const headers = await readHeaders(source);
      const content = new PartContent(source, delimiter);
      yield {
        ...headers,
        readAll: (maxBytes) => content.readAll(maxBytes),
        stream: () => content.stream(),
      };
      await content.skip();
    }
    await source.drain();
  } finally {
    await source.close();
  }
}

/** The content of one part, up to the delimiter behind it. */
class PartContent {
  readonly #source: ByteSource;
  readonly #delimiter: Buffer;
  #isDone = false;

  constructor(source: ByteSource, delimiter: Buffer) {
    this.#source = source;
    this.#delimiter = delimiter;
  }

  async readAll(maxBytes: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const piece = await this.#next();
      if (piece === undefined) break;
      length += piece.length;
      if (length > maxBytes) throw refused(`a part is larger than ${maxBytes} bytes`);
      pieces.push(new Uint8Array(piece));
    }
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : join(pieces, length);
  }

  async *stream(): AsyncGenerator<Uint8Array> {
    for (let piece = await this.#next(); piece !== undefined; piece = await this.#next()) {
      yield piece;
    }
  }

  async skip(): Promise<void> {
    while ((await this.#next()) !== undefined);
  }

  /** Takes what is certain to belong to the content; at its end takes the delimiter and returns undefined. */
  async #next(): Promise<Uint8Array | undefined> {
    while (!this.#isDone) {
      const bytes = asBuffer(this.#source.buffered);
      const end = bytes.indexOf(this.#delimiter);
      const certain = end >= 0 ? end : certainLength(bytes, this.#delimiter.length);
      if (certain > 0) {
        this.#source.skipBuffered(certain);
        return bytes.subarray(0, certain);
      }
      if (end === 0) {
        this.#source.skipBuffered(this.#delimiter.length);
        this.#isDone = true;
      } else if (!(await this.#source.extend())) throw this.#source.cutOff();
    }
    return undefined;
  }
}

/** Skips what stands before the first delimiter, which may be at the very start, without a line end. */
async function skipPreamble(source: ByteSource, delimiter: Buffer): Promise<void> {
  const first = delimiter.subarray(2);
  for (;;) {
    const bytes = asBuffer(source.buffered);
    if (bytes.length >= first.length && bytes.subarray(0, first.length).equals(first)) {
      source.skipBuffered(first.length);
      return;
    }
    const found = bytes.indexOf(delimiter);
    if (found >= 0) {
      source.skipBuffered(found + delimiter.length);
      return;
    }
    if (bytes.length > maxPreambleBytes) throw refused('it has no first part');
    if (!(await source.extend())) throw source.cutOff();
  }
}

/** Takes the end of a delimiter line: two dashes for the last one, or a line end, with white space before it. */
async function isLastDelimiter(source: ByteSource): Promise<boolean> {
  for (;;) {
    const bytes = source.buffered;
    if (bytes[0] === carriageReturn && bytes[1] === lineFeed) {
      source.skipBuffered(2);
      return false;
    }
    const start = Buffer.from(bytes.subarray(0, 64)).toString('latin1');
    if (start.startsWith('--')) return true;
    const blank = /^[ \t]*\r\n/.exec(start);
    if (blank !== null) {
      source.skipBuffered(blank[0].length);
      return false;
    }
    if (bytes.length >= 64 || !/^(?:-|[ \t]*\r?)$/.test(start)) {
      throw refused('a boundary is not at the end of its line');
    }
    if (!(await source.extend())) throw source.cutOff();
  }
}

async function readHeaders(source: ByteSource): Promise<PartHeaders> {
  for (;;) {
    const bytes = asBuffer(source.buffered);
    const end = bytes.indexOf(headerEnd);
    if (end >= 0 && end <= maxHeaderBytes) {
      source.skipBuffered(end + headerEnd.length);
      return parsePartHeaders(bytes.toString('utf8', 0, end));
    }
    if (bytes.length > maxHeaderBytes) throw refused('the headers of a part are too long');
    if (!(await source.extend())) throw source.cutOff();
  }
}

/** Returns how many of the bytes cannot be the start of a delimiter. */
function certainLength(bytes: Buffer, delimiterLength: number): number {
  const start = Math.max(0, bytes.length - delimiterLength + 1);
  const possible = bytes.indexOf(carriageReturn, start);
  return possible < 0 ? bytes.length : possible;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function join(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

function refused(problem: string): InvalidInputError {
  return new InvalidInputError(`The form is refused: ${problem}.`);
}
