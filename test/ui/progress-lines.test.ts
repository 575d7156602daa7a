import { describe, expect, test } from 'vitest';
import { openProgressLines, type ProgressLineForm } from '../../src/ui/progress-lines.js';
import { recordedOutput } from '../helpers/recorded-output.js';

const event = { type: 'progress', phase: 'scan', fileCount: 0, sizeBytes: 0 } as const;

/** Lines of a run in which time goes on by a tenth of a second an event. */
function run(form: ProgressLineForm, events: number): string[] {
  let now = 0;
  const output = recordedOutput(false);
  const progress = openProgressLines(output, form, () => now);
  for (let count = 1; count <= events; count++, now += 100) {
    progress.receive({ ...event, fileCount: count });
  }
  progress.receive({ type: 'note', path: 'a', message: 'skipped' });
  progress.receive({ ...event, phase: 'add', fileCount: 7, totalFileCount: 7 });
  progress.end();
  return output.written.join('').trimEnd().split('\n');
}

describe('progress as JSON', () => {
  test('is a document a line, and tells the last event of each phase', () => {
    const documents = run('json', 20).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(documents.every(({ schema }) => schema === 1)).toBe(true);
    const of = (phase: string) => documents.filter((document) => document['phase'] === phase);
    expect(of('scan').at(-1)).toMatchObject({ event: 'progress', fileCount: 20 });
    expect(of('add')).toEqual([
      { schema: 1, event: 'progress', phase: 'add', fileCount: 7, sizeBytes: 0, totalFileCount: 7 },
    ]);
    expect(documents).toContainEqual({ schema: 1, event: 'note', path: 'a', message: 'skipped' });
  });

  test('comes at most five times a second', () => {
    expect(run('json', 100).length).toBeLessThanOrEqual(53);
  });
});

describe('progress as lines', () => {
  test('is a line every five seconds and one at the end', () => {
    const lines = run('text', 150);
    expect(lines.filter((line) => line.startsWith('Scanning'))).toHaveLength(3);
    expect(lines.at(-1)).toContain('Adding: 7/7 files');
  });

  test('is nothing for a short run', () => {
    expect(
      run('text', 10).filter((line) => line !== 'a: skipped' && !line.startsWith('Scanning')),
    ).toEqual([]);
  });
});
