/** Our server as a process of its own: calls of the real client block this one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** A server that runs. */
export interface ServedProcess {
  readonly url: string; // scheme, host and port
  /** Returns the lines of its log so far. */
  readLog(): string[];
  /** Ends it as a supervisor would and returns its exit code. */
  stop(): Promise<number | null>;
}

/** Starts `oxen serve` on a free port for the repositories below `directory`. */
export async function serve(
  directory: string,
  flags: readonly string[] = [],
): Promise<ServedProcess> {
  const words = ['serve', '--port', '0', '--dir', directory, ...flags];
  // Not a pipe: this process reads none while it waits for the client, and a full pipe would stop the server.
  mkdirSync(directory, { recursive: true });
  const logFile = join(directory, '..', 'server.log');
  const child = spawn(process.execPath, [resolve('bin/run.js'), ...words], {
    stdio: ['ignore', 'pipe', openSync(logFile, 'w')],
  });
  const readLog = (): string[] => readFileSync(logFile, 'utf8').split('\n');
  if (child.stdout === null) throw new Error('no standard output');
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error(readLog().join('\n')))),
  ])) as [string];
  const url = /https?:\/\/\S+$/.exec(line)?.[0] ?? '';
  const stop = async (): Promise<number | null> => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const [code] = (await exited) as [number | null];
    return code;
  };
  return { url, readLog, stop };
}
