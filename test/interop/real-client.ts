/**
 * The real Oxen client in its own Python environment (`node scripts/oxenai.mjs` makes it). Each call runs one script
 * of test/interop/python with a home of its own, so that no setting of the user plays a part.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const python = process.env['OXENAI_PYTHON'] ?? resolve('.venv/bin/python');
const scripts = resolve('test/interop/python');

/** Why the real client cannot be used, or undefined when it can. */
export const missingClient = existsSync(python)
  ? undefined
  : 'the real client is not installed: node scripts/oxenai.mjs';

/** Writes the settings of a user into the folder `home`, which is made. */
export function makeHome(home: string): void {
  const config = join(home, '.config', 'oxen');
  mkdirSync(config, { recursive: true });
  writeFileSync(
    join(config, 'user_config.toml'),
    'name = "Bessie"\nemail = "bessie@example.com"\n',
  );
  writeFileSync(join(config, 'auth_config.toml'), 'host_configs = []\n');
}

/**
 * Runs a script with the real client in the folder `cwd` and returns what it printed.
 * @throws Error when the script fails; the message holds its traceback
 */
export function runRealClient(
  script: string,
  args: readonly string[],
  place: { cwd: string; home: string },
): string {
  return runPython([join(scripts, `${script}.py`), ...args], place);
}

/** Runs Python with the real client in its reach and returns what it printed. @throws Error when it fails */
export function runPython(args: readonly string[], place: { cwd: string; home: string }): string {
  return execFileSync(python, args, {
    cwd: place.cwd,
    env: { ...process.env, HOME: place.home, PYTHONDONTWRITEBYTECODE: '1' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    timeout: 240_000, // minutes on a busy machine: a clone of everything has 180 MB
  });
}

/** Runs one verb of `client.py` and returns its value. */
export function callClient(
  words: readonly [verb: string, ...words: string[]],
  place: { cwd: string; home: string },
): unknown {
  const output = runRealClient('client', words, place);
  return JSON.parse(output.trim().split('\n').at(-1) ?? 'null');
}

/** Stages everything with the real client and commits it; returns the id of the commit. */
export function commitWithClient(message: string, place: { cwd: string; home: string }): string {
  const output = runRealClient('commit', [message], place);
  return output.trim().split('\n').at(-1) ?? '';
}
