import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { choosePager, showPaged } from '../../src/ui/pager.js';

describe('the pager', () => {
  test.each([
    [{}, ['less', '-FRX']],
    [{ PAGER: 'more' }, ['more']],
    [{ PAGER: 'more', OXEN_PAGER: 'less  -R -S' }, ['less', '-R', '-S']],
    [{ PAGER: 'more', OXEN_PAGER: '' }, undefined],
    [{ OXEN_PAGER: 'cat' }, undefined],
  ])('of %j is %j', (environment, command) => {
    expect(choosePager(environment)).toEqual(command);
  });

  test('receives the whole text', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pager-'));
    const script = join(directory, 'pager.cjs');
    const seen = join(directory, 'seen');
    await writeFile(
      script,
      `const all = require('fs').readFileSync(0); require('fs').writeFileSync(${JSON.stringify(seen)}, all)`,
    );
    const pieces = Array.from({ length: 5000 }, (_, index) => `line ${index} ${'x'.repeat(90)}\n`);
    expect(await showPaged(pieces, [process.execPath, script], process.env)).toBe(true);
    expect(await readFile(seen, 'utf8')).toBe(pieces.join(''));
  });

  test('may end before the text does', async () => {
    function* endless(): Generator<string> {
      for (;;) yield 'x'.repeat(10_000);
    }
    expect(await showPaged(endless(), [process.execPath, '-e', ''], process.env)).toBe(true);
  });

  test('that does not exist is told of', async () => {
    expect(await showPaged(['a'], ['no-such-pager-here'], process.env)).toBe(false);
  });
});
