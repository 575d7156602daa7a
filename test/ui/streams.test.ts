import { describe, expect, test } from 'vitest';
import { painter, wantsColour } from '../../src/ui/colour.js';
import { outputOver } from '../../src/ui/output.js';

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe('colours', () => {
  test.each([
    ['auto', {}, true, true],
    ['auto', {}, false, false],
    ['always', { NO_COLOR: '1' }, false, true],
    ['never', { FORCE_COLOR: '1' }, true, false],
    ['auto', { NO_COLOR: '1' }, true, false],
    ['auto', { NO_COLOR: '' }, true, true],
    ['auto', { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
    ['auto', { FORCE_COLOR: '1', TERM: 'dumb' }, false, true],
    ['auto', { FORCE_COLOR: '0' }, true, false],
    ['auto', { CLICOLOR_FORCE: '1' }, false, true],
    ['auto', { CLICOLOR_FORCE: '0' }, false, false],
    ['auto', { CLICOLOR: '0' }, true, false],
    ['auto', { TERM: 'dumb' }, true, false],
  ] as const)('--color %s with %j on a terminal: %s', (choice, environment, isTerminal, expected) => {
    expect(wantsColour(choice, environment, isTerminal)).toBe(expected);
  });

  test('are written as the original writes them', () => {
    expect(painter(true)('boldGreen', 'a.txt')).toBe('\u001b[1;32ma.txt\u001b[0m');
    expect(painter(false)('boldGreen', 'a.txt')).toBe('a.txt');
  });
});

describe('an output', () => {
  const plain = painter(false);

  test('writes on until the system has taken everything', () => {
    const taken: string[] = [];
    const output = outputOver(
      (bytes) => {
        const part = bytes.subarray(0, 3);
        taken.push(Buffer.from(part).toString());
        return part.length;
      },
      false,
      plain,
    );
    output.write('abcdefgh');
    expect(taken).toEqual(['abc', 'def', 'gh']);
  });

  test('waits while a pipe is full', () => {
    let calls = 0;
    const output = outputOver(
      (bytes) => {
        calls++;
        if (calls < 3) throw systemError('EAGAIN');
        return bytes.length;
      },
      false,
      plain,
    );
    output.write('abc');
    expect(calls).toBe(3);
  });

  test('is silent once its reader is gone', () => {
    let calls = 0;
    const output = outputOver(
      () => {
        calls++;
        throw systemError('EPIPE');
      },
      false,
      plain,
    );
    expect(output.isClosed).toBe(false);
    output.write('abc');
    output.write('def');
    expect(output.isClosed).toBe(true);
    expect(calls).toBe(1);
  });

  test('passes on any other failure', () => {
    const output = outputOver(
      () => {
        throw systemError('ENOSPC');
      },
      false,
      plain,
    );
    expect(() => output.write('abc')).toThrow('ENOSPC');
  });
});
