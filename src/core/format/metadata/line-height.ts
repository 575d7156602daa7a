/**
 * The height of a table of lines as the original counts it: line feeds plus one, less one when the file ends with one. Empty lines
 * and line feeds inside quotes count like all others.
 */
import type { TextCounter } from './metadata-collector.js';

/** What has been counted so far, as plain data. */
export interface LineCountState {
  readonly newlineCount: number;
  readonly lastByte: number;
}

/** Counts the lines of a file that comes in blocks. */
export class LineCounter {
  readonly #count: TextCounter;
  #newlineCount: number;
  #lastByte: number;

  constructor(count: TextCounter, state: LineCountState = { newlineCount: 0, lastByte: -1 }) {
    this.#count = count;
    this.#newlineCount = state.newlineCount;
    this.#lastByte = state.lastByte;
  }

  /** Takes the next block. */
  update(block: Uint8Array): void {
    this.#newlineCount += this.#count(block).newlineCount;
    this.#lastByte = block.at(-1) ?? this.#lastByte;
  }

  /** Lines so far; 1 for an empty file. */
  get lines(): number {
    return this.#newlineCount + (this.#lastByte === 0x0a ? 0 : 1);
  }

  /** What the constructor takes, to go on later. */
  get state(): LineCountState {
    return { newlineCount: this.#newlineCount, lastByte: this.#lastByte };
  }
}
