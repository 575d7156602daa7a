/**
 * Reads single numbers all over a file through one window, so that walking from frame to frame costs few reads of the source. Offsets
 * beyond the end read as -1 (`byte`) or undefined.
 */
import type { ByteSource } from './byte-source.js';

const windowBytes = 65536;

/** A file seen through a window that follows the offsets asked for. */
export class WindowedSource {
  readonly #source: ByteSource;
  readonly sizeBytes: number;
  #window: Uint8Array = new Uint8Array(0);
  #start = 0;

  constructor(source: ByteSource) {
    this.#source = source;
    this.sizeBytes = source.sizeBytes;
  }

  /** Returns the byte at `at`, -1 outside the file. */
  byte(at: number): number {
    const index = at - this.#start;
    if (index >= 0 && index < this.#window.length) return this.#window[index] ?? -1;
    if (at < 0 || at >= this.sizeBytes) return -1;
    return this.#slide(at)[at - this.#start] ?? -1;
  }

  /** Returns the 32 bits at `at`, most significant byte first; undefined where the file ends before. */
  uint32be(at: number): number | undefined {
    if (at < 0 || at + 4 > this.sizeBytes) return undefined;
    const high = (this.byte(at) << 8) | this.byte(at + 1);
    return high * 0x10000 + ((this.byte(at + 2) << 8) | this.byte(at + 3));
  }

  /** Says whether the characters of `text`, one a byte, stand at `at`. */
  hasText(at: number, text: string): boolean {
    for (let index = 0; index < text.length; index++) {
      if (this.byte(at + index) !== text.charCodeAt(index)) return false;
    }
    return true;
  }

  /** Looks a little back too, as some walks go backwards. */
  #slide(at: number): Uint8Array {
    this.#start = Math.max(0, at < this.#start ? at - windowBytes + 1024 : at - 1024);
    this.#window = Uint8Array.from(this.#source.read(this.#start, windowBytes));
    return this.#window;
  }
}
