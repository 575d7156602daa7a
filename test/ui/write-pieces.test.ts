import { describe, expect, test } from 'vitest';
import { InterruptedError } from '../../src/core/model/errors.js';
import type { Output } from '../../src/ui/output.js';
import { writePieces } from '../../src/ui/write-pieces.js';
import { recordedOutput } from '../helpers/recorded-output.js';

const never = new AbortController().signal;

describe('writePieces', () => {
  test('gathers short pieces into few writes and keeps their order', async () => {
    const lines = Array.from({ length: 100_000 }, (_, index) => `line ${index}\n`);
    const output = recordedOutput(false);
    await writePieces(lines, output, never);
    expect(output.written.join('') === lines.join('')).toBe(true);
    expect(output.written.length).toBeLessThan(1000);
  });

  test('keeps bytes between texts in their place', async () => {
    const output = recordedOutput(false);
    await writePieces(['a', Buffer.from('b'), 'c', 'd'], output, never);
    expect(output.written.join('')).toBe('abcd');
  });

  test('writes what it has while the next piece is waited for', async () => {
    const inner = recordedOutput(false);
    let written: () => void = () => undefined;
    const isWritten = new Promise<void>((done) => {
      written = done;
    });
    const output: Output = {
      ...inner,
      write(chunk) {
        inner.write(chunk);
        written();
      },
    };
    async function* pieces() {
      yield 'first';
      await isWritten; // would never come if the first piece were held back
      yield 'second';
    }
    await writePieces(pieces(), output, never);
    expect(inner.written).toEqual(['first', 'second']);
  });

  test('stops when its reader goes away', async () => {
    const output = recordedOutput(false, 2);
    function* endless(): Generator<string> {
      for (let index = 0; ; index++) yield `${index}`;
    }
    await writePieces(endless(), output, never);
    expect(output.written).toHaveLength(2);
  });

  test('writes what came before a failure', async () => {
    const output = recordedOutput(false);
    function* pieces() {
      yield 'before';
      throw new Error('broken');
    }
    await expect(writePieces(pieces(), output, never)).rejects.toThrow('broken');
    expect(output.written).toEqual(['before']);
  });

  test('stops when the user asks for it, although nothing in it waits', async () => {
    const controller = new AbortController();
    function* endless(): Generator<string> {
      setImmediate(() => controller.abort(new InterruptedError('Interrupted.')));
      for (;;) yield 'x'.repeat(1000);
    }
    await expect(writePieces(endless(), recordedOutput(false), controller.signal)).rejects.toThrow(
      InterruptedError,
    );
  });
});
