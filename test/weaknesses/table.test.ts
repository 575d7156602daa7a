import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const directory = 'test/weaknesses';

test('every row of docs/weaknesses.md has a test of its number in the file that it names', () => {
  const titles = new Map<string, string>();
  for (const name of readdirSync(directory)) {
    const source = readFileSync(`${directory}/${name}`, 'utf8');
    const found = [...source.matchAll(/^test\('((?:weakness|case) .*?):/gm)].map(
      ([, title]) => title,
    );
    titles.set(name.replace('.test.ts', ''), found.join('\n'));
  }
  const table = readFileSync('docs/weaknesses.md', 'utf8');
  const rows = [...table.matchAll(/^\| (\d\.\d+) \|.*\| (.*?) \|$/gm)];
  const numbers = (list: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${list}.${index + 1}`);
  expect(rows.map(([, row]) => row)).toEqual([...numbers('3', 20), ...numbers('5', 19)]);
  for (const [, row = '', files = ''] of rows) {
    for (const [, file = ''] of files.matchAll(/`(.*?)`/g)) {
      expect(titles.get(file), `${row} in ${file}`).toMatch(new RegExp(`${row}(?!\\d)`));
    }
  }
});
