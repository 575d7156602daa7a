/**
 * Gathers short pieces of text, so that a list of a million lines is not a million system calls. What was gathered never waits
 * for long: it is written when enough has come together, when some time has passed, and when the program waits for something else.
 */
import { clearImmediate, setImmediate } from 'node:timers';
import type { Output } from './output.js';

const charactersPerWrite = 1 << 14;
const longestWaitMs = 50;

/** Text on its way to an output. */
export class GatheredOutput {
  readonly #output: Output;
  #text = '';
  #sinceMs = 0; // when the first of it came
  #turn: NodeJS.Immediate | undefined;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Writes `piece` now or soon, always behind what came before. */
  add(piece: string | Uint8Array): void {
    if (typeof piece !== 'string') {
      this.flush();
      this.#output.write(piece);
      return;
    }
    if (this.#text === '') this.#sinceMs = performance.now();
    this.#text += piece;
    // The event loop has its turn only while whoever makes the pieces waits.
    this.#turn ??= setImmediate(() => this.flush());
    const isEnough = this.#text.length >= charactersPerWrite;
    if (isEnough || performance.now() - this.#sinceMs >= longestWaitMs) this.flush();
  }

  /** Writes what was gathered. Call it at the end. */
  flush(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    const text = this.#text;
    this.#text = '';
    if (text !== '') this.#output.write(text);
  }
}
