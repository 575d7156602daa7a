/** Runs the built command line as a child process; `npm test` builds it first. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** What a run left behind. */
export interface OxenRun {
  readonly exitCode: number | null; // null when a signal ended it
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a run differs from the ordinary one. */
export interface OxenRunOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string; // on the standard input, which is empty otherwise
}

/** The launcher. */
export const oxenLauncher = resolve('bin/run.js');

/** An environment without anything that changes how the command line looks. */
export const plainEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
};

/** Runs `oxen` with `words` and returns what it left behind. */
export function runOxen(words: readonly string[], options: OxenRunOptions = {}): Promise<OxenRun> {
  return runProgram(process.execPath, [oxenLauncher, ...words], options);
}

/** Runs a shell script in which `oxen` is the built command line. */
export function runShell(script: string, options: OxenRunOptions = {}): Promise<OxenRun> {
  const oxen = `oxen() { '${process.execPath}' '${oxenLauncher}' "$@"; }\n`;
  return runProgram('bash', ['-c', oxen + script], options);
}

function runProgram(
  program: string,
  words: readonly string[],
  { cwd, environment = {}, input = '' }: OxenRunOptions,
): Promise<OxenRun> {
  return new Promise((done, failed) => {
    const child = spawn(program, words, {
      env: { ...plainEnvironment, ...environment },
      ...(cwd === undefined ? {} : { cwd }),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', failed);
    child.on('close', (exitCode, signal) =>
      done({
        exitCode,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
    child.stdin.end(input);
  });
}
