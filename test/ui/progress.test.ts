import { describe, expect, test } from 'vitest';
import { openProgress, renderProgress } from '../../src/ui/progress.js';
import { recordedOutput } from '../helpers/recorded-output.js';

const event = { type: 'progress', phase: 'add', fileCount: 10, sizeBytes: 2048 } as const;
const erased = '\r\u001b[2K';

describe('the progress line', () => {
  test('tells how much is done, how fast, and how long the rest will take', () => {
    const totals = { totalFileCount: 40_000, totalSizeBytes: 4_000_000_000 };
    const done = { ...event, fileCount: 10_000, sizeBytes: 1_000_000_000, ...totals };
    expect(renderProgress(done, 2000)).toBe(
      'Adding: 10,000/40,000 files, 953.7 MiB/3.7 GiB, 5,000 files/s, 500.0 MB/s, ETA 6s',
    );
  });

  test('has no estimate while totals are not known', () => {
    expect(renderProgress(event, 1000)).toBe('Adding: 10 files, 2.0 KiB, 10 files/s, 0.0 MB/s');
  });

  test('is redrawn at most ten times a second and erased at the end', () => {
    let now = 0;
    const output = recordedOutput(true);
    const progress = openProgress(
      output,
      false,
      true,
      () => now,
      () => 80,
    );
    for (now = 0; now <= 1000; now += 10) progress.receive({ ...event, fileCount: now });
    const drawn = output.written.length;
    expect(drawn).toBeGreaterThan(5);
    expect(drawn).toBeLessThanOrEqual(10);
    progress.end();
    progress.end();
    expect(output.written.slice(drawn)).toEqual([erased]);
  });

  test('is not drawn for a short run', () => {
    let now = 0;
    const output = recordedOutput(true);
    const progress = openProgress(
      output,
      false,
      true,
      () => now,
      () => 80,
    );
    progress.receive(event);
    now = 150;
    progress.receive(event);
    progress.end();
    expect(output.written).toEqual([]);
  });

  test('is not drawn where there is no terminal, or when it is to be quiet', () => {
    for (const [isTerminal, isQuiet] of [
      [false, false],
      [true, true],
    ] as const) {
      let now = 0;
      const output = recordedOutput(isTerminal);
      const progress = openProgress(
        output,
        isQuiet,
        true,
        () => now,
        () => 80,
      );
      for (now = 0; now <= 1000; now += 100) progress.receive(event);
      progress.end();
      expect(output.written).toEqual([]);
    }
  });

  test('never fills the last column', () => {
    let now = 0;
    const output = recordedOutput(true);
    const progress = openProgress(
      output,
      false,
      true,
      () => now,
      () => 20,
    );
    now = 500;
    progress.receive(event);
    expect(output.written).toEqual([`${erased}Adding: 10 files, 2`]);
  });

  test('gives way to notes, which are printed without a terminal too', () => {
    let now = 0;
    const output = recordedOutput(true);
    const progress = openProgress(
      output,
      false,
      true,
      () => now,
      () => 80,
    );
    now = 500;
    progress.receive(event);
    progress.receive({ type: 'note', path: 'a', message: 'skipped: it is a symbolic link' });
    expect(output.written.slice(1)).toEqual([erased, 'a: skipped: it is a symbolic link\n']);
    const piped = recordedOutput(false);
    openProgress(piped, false).receive({ type: 'note', path: 'a', message: 'm' });
    openProgress(piped, true).receive({ type: 'note', path: 'b', message: 'm' });
    expect(piped.written).toEqual(['a: m\n']);
  });
});
