/** A server that runs through the rounds of a case, on a free port of the loopback interface. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './free-port.js';

const startLimitMs = 10_000;
const pollIntervalMs = 50;
const complaintLength = 400;

/** How to start a server. */
export interface ServerProgram {
  readonly argv: (port: number, folder: string) => readonly string[];
  readonly env: (folder: string) => NodeJS.ProcessEnv;
}

/** A running server. */
export interface RunningServer {
  readonly address: string; // host:port
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a server that keeps its repositories in `folder` and waits until it answers.
 * @throws Error when it ends or does not answer in time
 */
export async function startServer(program: ServerProgram, folder: string): Promise<RunningServer> {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const [command = '', ...args] = program.argv(port, folder);
  const child = spawn(command, args, {
    cwd: folder,
    env: program.env(folder),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-complaintLength);
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  try {
    await waitUntilReady(child, `http://${address}/api/health`);
  } catch (error) {
    await stop();
    throw new Error(`the server does not run: ${complaint.trim()}`, { cause: error });
  }
  return { address, pid: child.pid ?? 0, stop };
}

async function waitUntilReady(child: ChildProcess, url: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < startLimitMs; waitedMs += pollIntervalMs) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const response = await fetch(url).catch(() => undefined);
    if (response?.status === 200) return;
    await wait(pollIntervalMs);
  }
  throw new Error('the server did not answer in time');
}
