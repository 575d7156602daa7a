/** Runs oxen as a user does: the built program in a child process, with settings of its own. */
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { oxenCommand } from '../bench/rivals/oxen.js';
import { type Amount, done } from './screen.js';

/** Where oxen runs. */
export interface Workplace {
  readonly repository: string; // absolute
  readonly home: string; // absolute; keeps the settings apart from the user's
}

/**
 * Runs `oxen ARGS...`, prints the step with its time, and returns what it printed on stdout.
 * @throws Error when it does not end with exit code 0; the message holds its output
 */
export async function oxen(
  workplace: Workplace,
  args: readonly string[],
  options: { amount?: Amount; isQuiet?: boolean; cwd?: string } = {},
): Promise<string> {
  const start = performance.now();
  const { exitCode, stdout, stderr } = await run(workplace, args, options.cwd);
  const label = `oxen ${args.map(quoted).join(' ')}`;
  if (exitCode !== 0)
    throw new Error(`${label} ended with ${exitCode}\n${stdout}${stderr}`.trimEnd());
  const seconds = (performance.now() - start) / 1000;
  if (options.isQuiet !== true) done(label, seconds, options.amount);
  return stdout;
}

/** Returns whether this build of oxen has the command. */
export async function hasCommand(workplace: Workplace, name: string): Promise<boolean> {
  const { exitCode } = await run(workplace, [name, '--help']);
  return exitCode === 0;
}

/** Starts `oxen ARGS...` and returns the running process; its output is thrown away. */
export function startOxen(workplace: Workplace, args: readonly string[]) {
  const [program = '', ...first] = oxenCommand;
  return spawn(program, [...first, ...args], {
    cwd: workplace.home,
    env: { ...process.env, HOME: workplace.home },
    stdio: 'ignore',
  });
}

function run(workplace: Workplace, args: readonly string[], cwd = workplace.repository) {
  const [program = '', ...first] = oxenCommand;
  const child = spawn(program, [...first, ...args], {
    cwd,
    env: { ...process.env, HOME: workplace.home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  return new Promise<{ exitCode: number | string; stdout: string; stderr: string }>(
    (resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) =>
        resolve({ exitCode: code ?? signal ?? 'unknown', ...output }),
      );
    },
  );
}

function quoted(argument: string): string {
  return /^[\w./:=@-]+$/.test(argument) ? argument : `"${argument}"`;
}
