/**
 * Memory and CPU time of a process and its descendants, read from /proc. On systems without /proc nothing is
 * found and the peak comes from `time` alone.
 */
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100; // USER_HZ, the unit of /proc/PID/stat on Linux

/** Returns the resident bytes of the process and all its descendants, summed. */
export function residentBytesOfTree(pid: number): number {
  const [, kibibytes = 0] = readText(`/proc/${pid}/status`).match(/^VmRSS:\s*(\d+)/m) ?? [];
  const own = Number(kibibytes) * 1024;
  return childrenOf(pid).reduce((sum, child) => sum + residentBytesOfTree(child), own);
}

/** Returns user + system seconds of the process and of those of its children that have ended; 10 ms steps. */
export function cpuSecondsOf(pid: number): number {
  const text = readText(`/proc/${pid}/stat`);
  // Fields are counted behind the command name, which may itself hold blanks and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return ticks / ticksPerSecond;
}

/** Returns the seconds that the main thread of a process has run, and that it has waited for a core while it could have run. */
export function mainThreadOf(pid: number): { cpuSeconds: number; waitedSeconds: number } {
  const [ran = 0, waited = 0] = readText(`/proc/${pid}/task/${pid}/schedstat`)
    .split(' ')
    .map(Number);
  return { cpuSeconds: ran / 1e9, waitedSeconds: waited / 1e9 };
}

function childrenOf(pid: number): number[] {
  return listThreads(pid).flatMap((thread) =>
    readText(`/proc/${pid}/task/${thread}/children`)
      .split(' ')
      .filter((text) => text !== '')
      .map(Number),
  );
}

function listThreads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // the process has ended
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
