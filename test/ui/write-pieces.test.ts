import { describe, expect, test } from 'vitest';
import type { Output } from '../../src/ui/output.js';
import { writePieces } from '../../src/ui/write-pieces.js';

/** An output that keeps what is written, and ends after `most` writes. */
class KeptOutput implements Output {
  readonly isTerminal = false;
  readonly paint = (text: string) => text;
  readonly writes: string[] = [];
  onWrite: () => void = () => undefined;
  readonly #most: number;

  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most;
  }

  get isClosed(): boolean {
    return this.writes.length >= this.#most;
  }

  write(chunk: string | Uint8Array): void {
    this.writes.push(Buffer.from(chunk).toString());
    this.onWrite();
  }
}

const never = new AbortController().signal;
const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}\n`);

describe('writePieces', () => {
  test('gathers short pieces into few writes and keeps their order', async () => {
    const output = new KeptOutput();
    await writePieces(lines(100_000), output, never);
    expect(output.writes.join('')).toBe(lines(100_000).join(''));
    expect(output.writes.length).toBeLessThan(1000);
  });

  test('keeps bytes between texts in their place', async () => {
    const output = new KeptOutput();
    await writePieces(['a', Buffer.from('b'), 'c', 'd'], output, never);
    expect(output.writes.join('')).toBe('abcd');
  });

  test('writes what it has while the next piece is waited for', async () => {
    const output = new KeptOutput();
    const isWritten = new Promise<void>((done) => {
      output.onWrite = done;
    });
    async function* pieces() {
      yield 'first';
      await isWritten; // would never come if the first piece were held back
      yield 'second';
    }
    await writePieces(pieces(), output, never);
    expect(output.writes).toEqual(['first', 'second']);
  });

  test('asks for no more once nobody reads', async () => {
    const output = new KeptOutput(1);
    let made = 0;
    function* pieces() {
      for (;;) yield `line ${made++}\n`;
    }
    await writePieces(pieces(), output, never);
    expect(made).toBeLessThan(100_000);
    expect(output.writes).toHaveLength(1);
  });

  test('writes what came before a failure', async () => {
    const output = new KeptOutput();
    function* pieces() {
      yield 'before';
      throw new Error('broken');
    }
    await expect(writePieces(pieces(), output, never)).rejects.toThrow('broken');
    expect(output.writes).toEqual(['before']);
  });

  test('stops when the user asks', async () => {
    const output = new KeptOutput();
    const controller = new AbortController();
    function* pieces() {
      for (;;) {
        yield 'x'.repeat(1 << 20);
        controller.abort(new Error('stopped'));
      }
    }
    await expect(writePieces(pieces(), output, controller.signal)).rejects.toThrow('stopped');
  });
});
