/**
 * Long output on a terminal goes through a pager. Its command is split at blanks and started without a shell. When it
 * cannot be started the text is written as it is; when it ends early the rest is dropped.
 */
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Environment } from './colour.js';
import { withoutInterrupt } from './interruption.js';
import type { Pieces } from './write-pieces.js';

const defaultPager = 'less -FRX';

/** Returns the words of the pager's command, or undefined when the user wants none. */
export function choosePager(environment: Environment): readonly string[] | undefined {
  const command = environment['OXEN_PAGER'] ?? environment['PAGER'] ?? defaultPager;
  const words = command.split(/\s+/).filter((word) => word !== '');
  return words.length === 0 || words[0] === 'cat' ? undefined : words;
}

/** Shows `pieces` in the pager `command` and returns when it has ended; false when it cannot be started. */
export async function showPaged(
  pieces: Pieces,
  command: readonly string[],
  environment: Environment,
): Promise<boolean> {
  const pager = await startPager(command, environment);
  if (pager === undefined) return false;
  await withoutInterrupt(process, () => feedPager(pieces, pager)); // Ctrl-C is the pager's business
  return true;
}

type Pager = ChildProcessByStdio<Writable, null, null>;

async function startPager(
  [program = '', ...words]: readonly string[],
  environment: Environment,
): Promise<Pager | undefined> {
  const { spawn } = await import('node:child_process');
  const pager = spawn(program, words, {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { LESS: 'FRX', LV: '-c', ...environment },
  });
  pager.stdin.on('error', () => {}); // it went away; `feedPager` sees that by `destroyed`
  try {
    await once(pager, 'spawn');
    return pager;
  } catch {
    return undefined;
  }
}

async function feedPager(pieces: Pieces, pager: Pager): Promise<void> {
  const ended = once(pager, 'close');
  for await (const piece of pieces) {
    if (pager.stdin.destroyed) break;
    if (!pager.stdin.write(piece)) await Promise.race([drained(pager.stdin), ended]);
  }
  pager.stdin.end();
  await ended;
}

/** Waits until there is room again, or there will never be any. */
async function drained(stream: Writable): Promise<void> {
  try {
    await once(stream, 'drain');
  } catch {
    // It went away: the caller sees that by `destroyed`.
  }
}
