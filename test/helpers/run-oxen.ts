/** Runs the built command line as a child process; `npm test` builds it first. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { temporaryDirectory } from './temporary-directory.js';

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

/** Runs a shell script that finds the built command line as `oxen` on its path. */
export function runShell(script: string, options: OxenRunOptions = {}): Promise<OxenRun> {
  const folder = temporaryDirectory();
  const program = `#!/bin/sh\nexec '${process.execPath}' '${oxenLauncher}' "$@"\n`;
  writeFileSync(join(folder, 'oxen'), program, { mode: 0o755 });
  const environment = { PATH: `${folder}:${plainEnvironment['PATH']}`, ...options.environment };
  return runProgram('bash', ['-c', script], { ...options, environment });
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
