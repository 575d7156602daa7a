import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { choosePager, writePaged } from '../../src/ui/pager.js';
import { recordedOutput } from '../helpers/recorded-output.js';

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
    const output = recordedOutput(true);
    await writePaged(pieces, output, [process.execPath, script], process.env);
    expect(await readFile(seen, 'utf8')).toBe(pieces.join(''));
    expect(output.written).toEqual([]);
  });

  test('may end before the text does', async () => {
    function* endless(): Generator<string> {
      for (;;) yield 'x'.repeat(10_000);
    }
    const quits = [process.execPath, '-e', ''];
    await writePaged(endless(), recordedOutput(true), quits, process.env);
  });

  test('that does not exist is done without', async () => {
    const output = recordedOutput(true);
    await writePaged(['a\n', 'b\n'], output, ['no-such-pager-here'], process.env);
    expect(output.written).toEqual(['a\n', 'b\n']);
  });

  test('is left out when there is none, until the reader goes away', async () => {
    const output = recordedOutput(false, 2);
    function* endless(): Generator<string> {
      for (let index = 0; ; index++) yield `${index}\n`;
    }
    await writePaged(endless(), output, undefined, process.env);
    expect(output.written).toEqual(['0\n', '1\n']);
  });
});
