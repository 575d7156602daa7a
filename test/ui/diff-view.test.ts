import { describe, expect, test } from 'vitest';
import { painter } from '../../src/ui/colour.js';
import {
  renderDiff,
  renderDiffStat,
  renderNameStatus,
  type ShownDiff,
} from '../../src/ui/diff-view.js';

const plain = painter(false);
const version = { sizeBytes: 2048, mimeType: 'image/png' };
const table = {
  kind: 'table',
  columnChanges: [],
  modifiedCount: 0,
  addedCount: 0,
  removedCount: 0,
  columns: [],
  rows: [],
  isTruncated: false,
} as const;

function diff(change: ShownDiff['change'], rest: Partial<ShownDiff> = {}): ShownDiff {
  return { path: 'd/a', state: 'modified', left: version, right: version, change, ...rest };
}

function text(...lines: [' ' | '-' | '+', string, string?][]): ShownDiff['change'] {
  const kinds = { ' ': 'context', '-': 'removed', '+': 'added' } as const;
  const count = (...signs: string[]) => lines.filter(([sign]) => signs.includes(sign)).length;
  return {
    kind: 'text',
    addedCount: count('+'),
    removedCount: count('-'),
    hunks: [
      {
        leftStart: 3,
        leftCount: count(' ', '-'),
        rightStart: 3,
        rightCount: count(' ', '+'),
        lines: lines.map(([sign, line, ending = '\n']) => ({
          kind: kinds[sign],
          text: line,
          ending,
        })),
      },
    ],
  };
}

describe('the difference of a text', () => {
  test('is a unified diff under the headers of the original', () => {
    const change = text([' ', 'same'], ['-', 'old'], ['+', 'new']);
    expect(renderDiff(diff(change), plain)).toBe(
      '--- from file: d/a\n+++ to file: d/a\n@@ -3,2 +3,2 @@\n same\n-old\n+new\n',
    );
  });

  test('has no name on the side where there is no file, and both names of one that moved', () => {
    const added = renderDiff(diff(text(['+', 'x']), { state: 'added', left: undefined }), plain);
    expect(added).toMatch(/^--- from file: \n\+\+\+ to file: d\/a\n/);
    const removed = renderDiff(diff(text(['-', 'x']), { state: 'removed' }), plain);
    expect(removed).toMatch(/^--- from file: d\/a\n\+\+\+ to file: \n/);
    const moved = renderDiff(diff(text(['-', 'x']), { leftPath: 'old' }), plain);
    expect(moved).toMatch(/^--- from file: old\n\+\+\+ to file: d\/a\n/);
  });

  test('says where the last line has no end, so that no header is glued to it', () => {
    const change = text(['-', 'old', ''], ['+', 'new', '']);
    expect(renderDiff(diff(change), plain)).toContain(
      '-old\n\\ No newline at end of file\n+new\n\\ No newline at end of file\n',
    );
  });

  test('is green and red where there are colours', () => {
    const shown = renderDiff(diff(text(['-', 'old'], ['+', 'new'])), painter(true));
    expect(shown).toContain('\u001b[31m-old\u001b[0m\n\u001b[32m+new\u001b[0m\n');
  });

  test('quotes names that could forge lines', () => {
    const shown = renderDiff(diff(text(['+', 'x']), { path: 'a\nb' }), plain);
    expect(shown).toContain('+++ to file: "a\\nb"\n');
  });
});

describe('the difference of a table', () => {
  test('counts columns and rows and shows the rows that changed', () => {
    const change = {
      ...table,
      columnChanges: [
        { kind: 'added', name: 'age', leftDtype: undefined, rightDtype: 'i64' },
        { kind: 'retyped', name: 'id', leftDtype: 'i64', rightDtype: 'str' },
      ],
      modifiedCount: 1,
      addedCount: 2,
      columns: [{ name: 'id' }, { name: 'age' }],
      rows: [
        { kind: 'modified', values: ['1', null] },
        { kind: 'added', values: ['22', '5'] },
      ],
    } as const;
    expect(renderDiff(diff(change), plain)).toBe(
      [
        '--- from file: d/a',
        '+++ to file: d/a',
        'Column changes:',
        '  + age (i64)',
        '  Δ id (i64 -> str)',
        'Row changes:',
        '  Δ 1 (modified)',
        '  + 2 (added)',
        '',
        '   id  age',
        'Δ  1',
        '+  22  5',
        '... and 1 more rows',
        '',
      ].join('\n'),
    );
  });

  test('says so when only the bytes differ', () => {
    expect(renderDiff(diff(table), plain)).toContain(
      'the tables have the same rows, written differently\n',
    );
  });
});

describe('the difference of anything else', () => {
  test('of images tells their sizes', () => {
    const change = {
      kind: 'image',
      left: { width: 640, height: 480 },
      right: { width: undefined, height: undefined },
    } as const;
    expect(renderDiff(diff(change), plain)).toContain(
      'images differ: 640x480 image/png 2.0 KiB -> image/png 2.0 KiB\n',
    );
    const added = { ...change, left: undefined };
    expect(renderDiff(diff(added, { left: undefined }), plain)).toContain('differ: none -> ');
  });

  test('of other files is one line', () => {
    expect(renderDiff(diff({ kind: 'binary' }, { right: undefined }), plain)).toContain(
      'binary files differ: 2.0 KiB -> none\n',
    );
    expect(renderDiff(diff({ kind: 'too large' }), plain)).toContain('too large to compare');
  });
});

test('--stat counts lines, rows or bytes, a line a file', () => {
  const files = [
    diff(text(['-', 'old'], ['+', 'new'], ['+', 'new'])),
    diff({ ...table, modifiedCount: 3, addedCount: 12 }, { path: 't.csv' }),
    diff({ kind: 'binary' }, { path: 'b', left: undefined }),
  ];
  expect(renderDiffStat(files)).toBe(
    [
      'd/a     +2          -1',
      't.csv  +12          -0  ~3 rows',
      'b      0 B  -> 2.0 KiB',
      '3 files changed',
      '',
    ].join('\n'),
  );
  expect(renderDiffStat(files.slice(0, 1))).toContain('1 file changed\n');
});

test('--name-status is a letter and the name', () => {
  const states = ['added', 'removed', 'modified'] as const;
  const shown = states.map((state) => renderNameStatus(diff({ kind: 'binary' }, { state })));
  expect(shown).toEqual(['A\td/a\n', 'D\td/a\n', 'M\td/a\n']);
});
