/**
 * Takes exact numbers of bytes from a stream of pieces of any size: what every reader of archives, forms and frames
 * stands on. Pulls one piece at a time, so the sender is held back when the reader is slow.
 */
import { InvalidInputError } from '../model/errors.js';

/** Bytes as they arrive; a piece need only be valid until the next is asked for. */
export type ByteStream = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

const nothing = new Uint8Array(0);

/** A stream of pieces that is read by length. */
export class ByteSource {
  readonly #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #label: string;
  readonly #maxBytes: number;
  #piece: Uint8Array = nothing;
  #offset = 0;
  #pulledBytes = 0;
  #isEnded = false;

  /**
   * @param label what the stream is, for messages, for example `The archive`
   * @param options `maxBytes`: more than that are refused
   */
  constructor(stream: ByteStream, label: string, options: { readonly maxBytes?: number } = {}) {
    this.#iterator =
      Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]();
    this.#label = label;
    this.#maxBytes = options.maxBytes ?? Number.MAX_SAFE_INTEGER;
  }

  /** Number of bytes that were taken. */
  get consumedBytes(): number {
    return this.#pulledBytes - (this.#piece.length - this.#offset);
  }

  /** The bytes at hand, a view that is valid until the next call; empty until something was pulled. */
  get buffered(): Uint8Array {
    return this.#offset === 0 ? this.#piece : this.#piece.subarray(this.#offset);
  }

  /** Takes `length` of the bytes at hand; at most as many as are `buffered`. */
  skipBuffered(length: number): void {
    this.#offset += length;
  }

  /** Says whether the stream has ended and everything was taken; pulls the next piece when nothing is at hand. */
  async isAtEnd(): Promise<boolean> {
    while (this.#offset === this.#piece.length) {
      if (!(await this.#pull())) return true;
    }
    return false;
  }

  /**
   * Takes exactly `length` bytes: a view of a piece when it holds them all, else a copy.
   * @throws InvalidInputError when the stream ends before
   */
  async read(length: number): Promise<Uint8Array> {
    const end = this.#offset + length;
    if (end <= this.#piece.length) {
      const view = this.#piece.subarray(this.#offset, end);
      this.#offset = end;
      return view;
    }
    const gathered = new Uint8Array(length);
    await this.readInto(gathered);
    return gathered;
  }

  /**
   * Fills `out`.
   * @throws InvalidInputError when the stream ends before
   */
  async readInto(out: Uint8Array): Promise<void> {
    let filled = 0;
    while (filled < out.length) {
      if (await this.isAtEnd()) throw this.cutOff();
      const taken = this.#take(out.length - filled);
      out.set(taken, filled);
      filled += taken.length;
    }
  }

  /**
   * Yields exactly `length` bytes in the pieces in which they come.
   * @throws InvalidInputError when the stream ends before
   */
  async *stream(length: number): AsyncGenerator<Uint8Array> {
    let left = length;
    while (left > 0) {
      if (await this.isAtEnd()) throw this.cutOff();
      const taken = this.#take(left);
      left -= taken.length;
      yield taken;
    }
  }

  /**
   * Takes `length` bytes without looking at them.
   * @throws InvalidInputError when the stream ends before
   */
  async skip(length: number): Promise<void> {
    let left = length;
    while (left > 0) {
      if (await this.isAtEnd()) throw this.cutOff();
      left -= this.#take(left).length;
    }
  }

  /** Takes all that is left. */
  async drain(): Promise<void> {
    do this.#offset = this.#piece.length;
    while (await this.#pull());
  }

  /** Tells the maker of the stream that nothing more will be taken. */
  async close(): Promise<void> {
    this.#isEnded = true;
    await this.#iterator.return?.();
  }

  /** Pulls one more piece and puts it behind what is at hand; false at the end of the stream. */
  async extend(): Promise<boolean> {
    const kept = new Uint8Array(this.buffered); // the maker may use the memory of a piece again for the next
    if (!(await this.#pull())) return false;
    if (kept.length > 0) {
      this.#piece = Buffer.concat([kept, this.#piece]);
      this.#offset = 0;
    }
    return true;
  }

  /** Returns the error for a stream that ended too early. */
  cutOff(): InvalidInputError {
    return new InvalidInputError(`${this.#label} is cut off.`);
  }

  #take(most: number): Uint8Array {
    const end = Math.min(this.#piece.length, this.#offset + most);
    const taken = this.#piece.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }

  /** Puts the next piece in the place of the present one, of which nothing may be needed any more. */
  async #pull(): Promise<boolean> {
    if (this.#isEnded) return false;
    const next = await this.#iterator.next();
    if (next.done === true) {
      this.#isEnded = true;
      return false;
    }
    this.#pulledBytes += next.value.length;
    if (this.#pulledBytes > this.#maxBytes) {
      throw new InvalidInputError(`${this.#label} is larger than ${this.#maxBytes} bytes.`);
    }
    this.#piece = next.value;
    this.#offset = 0;
    return true;
  }
}
