/**
 * Long output on a terminal goes through a pager. Its command is split at blanks and started without a shell. When it
 * cannot be started the text is written as it is; when it ends early the rest is dropped.
 */
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Environment } from './colour.js';
import type { Output } from './output.js';

/** Text of any length, in pieces. */
export type TextPieces = Iterable<string> | AsyncIterable<string>;

const defaultPager = 'less -FRX';

/** Returns the words of the pager's command, or undefined when the user wants none. */
export function choosePager(environment: Environment): readonly string[] | undefined {
  const command = environment['OXEN_PAGER'] ?? environment['PAGER'] ?? defaultPager;
  const words = command.split(/\s+/).filter((word) => word !== '');
  return words.length === 0 || words[0] === 'cat' ? undefined : words;
}

/** Writes `pieces` to `output`, through the pager `command` if there is one, and returns when the pager has ended. */
export async function writePaged(
  pieces: TextPieces,
  output: Output,
  command: readonly string[] | undefined,
  environment: Environment,
): Promise<void> {
  const pager = command === undefined ? undefined : await startPager(command, environment);
  if (pager === undefined) return writePieces(pieces, output);
  const ignoreInterrupt = (): void => {}; // Ctrl-C is the pager's business
  process.on('SIGINT', ignoreInterrupt);
  try {
    await feedPager(pieces, pager);
  } finally {
    process.off('SIGINT', ignoreInterrupt);
  }
}

/** Writes `pieces` to `output` until it is closed. */
async function writePieces(pieces: TextPieces, output: Output): Promise<void> {
  for await (const piece of pieces) {
    if (output.isClosed) return;
    output.write(piece);
  }
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

async function feedPager(pieces: TextPieces, pager: Pager): Promise<void> {
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
