/**
 * Lets the user write a text, such as a commit message, in an editor. Its command is split at blanks and started without
 * a shell. The text lies in a temporary file of its own, the one file that `ui` touches.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidInputError, OperationError, wrapSystemError } from '../core/model/errors.js';
import type { Environment } from './colour.js';
import { withoutInterrupt } from './interruption.js';

/**
 * Returns the command of the editor: the user's setting, else VISUAL, else EDITOR.
 * @throws InvalidInputError when there is none
 */
export function chooseEditor(setting: string | undefined, environment: Environment): string {
  for (const command of [setting, environment['VISUAL'], environment['EDITOR']]) {
    if (command !== undefined && command.trim() !== '') return command;
  }
  throw new InvalidInputError('No message was given with -m, and no editor is configured.', {
    hint: 'Set one with `oxen config --editor EDITOR`, or give the message with -m.',
  });
}

/**
 * Returns what the user made of `initial` in the editor `command`: without lines that begin with `#`, without blank
 * lines at its start and end. `fileName` tells editors what kind of text it is.
 * @throws OperationError when the editor cannot be started or does not end well
 */
export async function editText(
  command: string,
  initial: string,
  fileName = 'COMMIT_EDITMSG',
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'oxen-'));
  try {
    const file = join(directory, fileName);
    await writeFile(file, initial);
    await withoutInterrupt(process, () => runEditor(command, file));
    return stripComments(await readFile(file, 'utf8'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runEditor(command: string, file: string): Promise<void> {
  const [program = '', ...words] = command.trim().split(/\s+/);
  const editor = spawn(program, [...words, file], { stdio: 'inherit' });
  let code: unknown;
  try {
    [code] = await once(editor, 'close');
  } catch (error) {
    throw wrapSystemError(error, `The editor '${program}' could not be started`);
  }
  if (code === 0) return;
  throw new OperationError(`The editor '${program}' ended with exit code ${code ?? 'none'}.`, {
    hint: 'Nothing was changed.',
  });
}

/** Returns `text` without comment lines and without blank lines at its start and end. */
export function stripComments(text: string): string {
  return text
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/^\n+|\n+$/g, '');
}
