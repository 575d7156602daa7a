import { describe, expect, test } from 'vitest';
import { InterruptedError } from '../../src/core/model/errors.js';
import { listenForInterrupt } from '../../src/ui/interruption.js';

/** A process that can be sent Ctrl-C. */
function fakeProcess() {
  const listeners: (() => void)[] = [];
  const exits: number[] = [];
  return {
    exits,
    interrupt: () => listeners.forEach((listener) => void listener()),
    on: (_signal: 'SIGINT', listener: () => void) => listeners.push(listener),
    exit: (code: number) => exits.push(code),
  };
}

describe('Ctrl-C', () => {
  test('asks to stop the first time', () => {
    const source = fakeProcess();
    let stops = 0;
    const signal = listenForInterrupt(source, () => stops++);
    expect(signal.aborted).toBe(false);
    source.interrupt();
    expect(signal.reason).toBeInstanceOf(InterruptedError);
    expect(stops).toBe(1);
    expect(source.exits).toEqual([]);
  });

  test('ends the process the second time', () => {
    const source = fakeProcess();
    listenForInterrupt(source, () => {});
    source.interrupt();
    source.interrupt();
    expect(source.exits).toEqual([130]);
  });
});
