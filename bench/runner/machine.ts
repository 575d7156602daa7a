/** What the figures were measured on. Nothing here names the machine. */
import { execFileSync } from 'node:child_process';
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';
import { formatBytes } from '../data/shape.js';

/** The machine and its software, for the report. */
export interface Machine {
  readonly processor: string;
  readonly coreCount: number;
  readonly memory: string;
  readonly system: string;
  readonly fileSystem: string; // of the bench cache
  readonly node: string;
  readonly loadAtStart: number; // one-minute load average
}

/** Returns what is known about this machine; `cache` is the folder the benches work in. */
export function describeMachine(cache: string): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    coreCount: processors.length,
    memory: formatBytes(totalmem()),
    system: `${type()} ${release().split('-')[0]} ${arch()}`,
    fileSystem: fileSystemOf(cache),
    node: process.version,
    loadAtStart: loadavg()[0] ?? 0,
  };
}

function fileSystemOf(path: string): string {
  try {
    return execFileSync('stat', ['-f', '-c', '%T', path], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
