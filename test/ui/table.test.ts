import { describe, expect, test } from 'vitest';
import { alignColumns, renderTable } from '../../src/ui/table.js';
import { cutText, padText, textWidth } from '../../src/ui/text-width.js';

describe('the width of a text', () => {
  test.each([
    ['', 0],
    ['abc', 3],
    ['äöü', 3],
    ['e\u0301', 1],
    ['漢字', 4],
    ['한', 2],
    ['🐂', 2],
    ['\u001b[1;31mred\u001b[0m', 3],
    ['a\u200db', 2],
  ])('%j takes %i columns', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  test('decides where it is cut and how it is padded', () => {
    expect(cutText('ab漢字', 3)).toBe('ab');
    expect(cutText('ab漢字', 4)).toBe('ab漢');
    expect(padText('漢', 4)).toBe('漢  ');
    expect(padText('漢', 4, 'right')).toBe('  漢');
  });
});

describe('a table', () => {
  test('aligns its columns by width on the screen', () => {
    const columns = [{ header: 'name' }, { header: 'size', align: 'right' }] as const;
    expect(
      renderTable(columns, [
        ['漢字.txt', '1 B'],
        ['a', '2.9 MiB'],
      ]),
    ).toBe('name         size\n漢字.txt      1 B\na         2.9 MiB\n');
  });

  test('has no blanks at the ends of lines', () => {
    expect(
      alignColumns([
        ['a', 'long'],
        ['bb', ''],
      ]),
    ).toBe('a   long\nbb\n');
    expect(alignColumns([])).toBe('');
  });
});
