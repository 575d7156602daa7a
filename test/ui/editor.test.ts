import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InvalidInputError, OperationError } from '../../src/core/model/errors.js';
import { chooseEditor, editText, stripComments } from '../../src/ui/editor.js';

/** Returns the command of an editor that runs `body`, JavaScript in which `file` is the path of the text. */
async function editor(body: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'editor-'));
  const script = join(directory, 'edit.cjs');
  await writeFile(script, `const fs = require('fs'); const file = process.argv.at(-1);\n${body}`);
  return `${process.execPath} ${script} --wait`;
}

describe('the editor', () => {
  test('is the setting, then VISUAL, then EDITOR', () => {
    const environment = { VISUAL: 'visual', EDITOR: 'editor' };
    expect(chooseEditor('code --wait', environment)).toBe('code --wait');
    expect(chooseEditor(undefined, environment)).toBe('visual');
    expect(chooseEditor('', { VISUAL: ' ', EDITOR: 'editor' })).toBe('editor');
  });

  test('is asked for when there is none', () => {
    expect(() => chooseEditor(undefined, {})).toThrow(InvalidInputError);
  });

  test('gets the text and gives it back without comments', async () => {
    const command = await editor(
      `fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('HERE', 'first\\n\\nsecond  '))`,
    );
    expect(await editText(command, '\nHERE\n# a comment\n')).toBe('first\n\nsecond');
  });

  test('is given a file whose name says what it is', async () => {
    const command = await editor(`fs.writeFileSync(file, require('path').basename(file))`);
    expect(await editText(command, '')).toBe('COMMIT_EDITMSG');
    expect(await editText(command, '', 'NOTES')).toBe('NOTES');
  });

  test('leaves nothing behind', async () => {
    const command = await editor(`fs.writeFileSync(file, require('path').dirname(file))`);
    const directory = await editText(command, '');
    await expect(readdir(directory)).rejects.toThrow('ENOENT');
  });

  test('that fails or is missing is an error', async () => {
    await expect(editText(await editor('process.exit(3)'), '')).rejects.toThrow(
      'ended with exit code 3.',
    );
    await expect(editText('no-such-editor-here', '')).rejects.toThrow(OperationError);
    await expect(editText('no-such-editor-here', '')).rejects.toThrow('could not be started');
  });
});

test('a text of comments and blank lines is empty', () => {
  expect(stripComments('\n# one\r\n#two\n  \n\n')).toBe('');
});
