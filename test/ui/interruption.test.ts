import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { InterruptedError } from '../../src/core/model/errors.js';
import { listenForInterrupt, withoutInterrupt } from '../../src/ui/interruption.js';

/** A process that can be sent Ctrl-C. */
class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];

  exit(code: number): void {
    this.exits.push(code);
  }

  /** Says whether anyone listened; nobody means the end of a real process. */
  interrupt(): boolean {
    return this.emit('SIGINT');
  }
}

describe('Ctrl-C', () => {
  test('asks to stop the first time', () => {
    const source = new FakeProcess();
    let stops = 0;
    const signal = listenForInterrupt(source, () => stops++);
    expect(signal.aborted).toBe(false);
    source.interrupt();
    expect(signal.reason).toBeInstanceOf(InterruptedError);
    expect(stops).toBe(1);
    expect(source.exits).toEqual([]);
  });

  test('ends the process the second time', () => {
    const source = new FakeProcess();
    listenForInterrupt(source, () => {});
    source.interrupt();
    source.interrupt();
    expect(source.exits).toEqual([130]);
  });

  test('is ignored while another program has the terminal, and heeded again after that', async () => {
    const source = new FakeProcess();
    const signal = listenForInterrupt(source, () => {});
    const result = await withoutInterrupt(source, async () => {
      expect(source.interrupt()).toBe(true);
      return 'done';
    });
    expect(result).toBe('done');
    expect(signal.aborted).toBe(false);
    source.interrupt();
    expect(signal.aborted).toBe(true);
    expect(source.listenerCount('SIGINT')).toBe(1);
  });

  test('is heeded again after that program failed', async () => {
    const source = new FakeProcess();
    const signal = listenForInterrupt(source, () => {});
    const failing = withoutInterrupt(source, () => Promise.reject(new Error('failed')));
    await expect(failing).rejects.toThrow('failed');
    source.interrupt();
    expect(signal.aborted).toBe(true);
  });
});
