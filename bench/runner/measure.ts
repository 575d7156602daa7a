/**
 * Runs one command and measures it: wall time and CPU time of all its processes by the shell's `time` (1 ms steps),
 * peak memory by `/usr/bin/time` where it exists (exact, largest single process) and by polling /proc (sum over the
 * tree). The larger of both is the peak.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuSecondsOf, residentBytesOfTree } from './process-tree.js';
import type { Step, Usage } from './step.js';

const pollIntervalMs = 20;
const timeoutMs = 2 * 3_600_000;
const gnuTime = '/usr/bin/time';

// The command's own stderr goes to descriptor 4, the report of `time` to descriptor 3.
const timedLoop = `
exec 3>"$1" 4>&2
count=$2
shift 2
TIMEFORMAT='%3R %3U %3S'
{ time for ((i = 0; i < count; i++)); do "$@" 2>&4 || exit; done; } 2>&3
`;

/**
 * Runs the step to its end and returns its cost.
 * @throws Error when the command fails; the message ends with the tail of its output
 */
export async function measure(step: Step): Promise<Usage> {
  const directory = mkdtempSync(join(tmpdir(), 'oxen-bench-'));
  const output = openSync(join(directory, 'output'), 'w');
  try {
    const companions = step.companionPids ?? [];
    const cpuBefore = sum(companions.map(cpuSecondsOf));
    const child = spawn('bash', ['-c', timedLoop, 'measure', ...timedArguments(step, directory)], {
      cwd: step.cwd,
      env: { ...step.env, BENCH_REPORT: join(directory, 'report.json') },
      stdio: ['ignore', output, output],
      detached: true, // a group of its own, so that a timeout ends all of it
    });
    const polledPeak = await watch(child, companions);
    if (child.exitCode !== 0) throw failure(step, child, directory);
    const companionCpu = sum(companions.map(cpuSecondsOf)) - cpuBefore;
    return readUsage(step, directory, { companionCpu, polledPeak });
  } finally {
    closeSync(output);
    rmSync(directory, { recursive: true });
  }
}

function timedArguments(step: Step, directory: string): string[] {
  const wrapper = existsSync(gnuTime)
    ? [gnuTime, '-a', '-o', join(directory, 'memory'), '-f', '%M']
    : [];
  return [join(directory, 'times'), String(step.repeatCount ?? 1), ...wrapper, ...step.argv];
}

/** Waits for the end of the child and returns the largest sum of resident bytes seen. */
function watch(child: ChildProcess, companions: readonly number[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const pid = child.pid ?? 0;
    let peak = 0;
    const poll = setInterval(() => {
      peak = Math.max(peak, sum([pid, ...companions].map(residentBytesOfTree)));
    }, pollIntervalMs);
    const timeout = setTimeout(() => process.kill(-pid, 'SIGKILL'), timeoutMs);
    const stop = () => {
      clearInterval(poll);
      clearTimeout(timeout);
    };
    child.on('error', (cause) => {
      stop();
      reject(cause);
    });
    child.on('exit', () => {
      stop();
      resolve(peak);
    });
  });
}

function readUsage(
  step: Step,
  directory: string,
  seen: { companionCpu: number; polledPeak: number },
): Usage {
  const times = readFileSync(join(directory, 'times'), 'utf8').trim().split(' ').map(Number);
  const [wall = 0, user = 0, system = 0] = times;
  const count = step.repeatCount ?? 1;
  const memory = join(directory, 'memory');
  const exactPeaks = existsSync(memory)
    ? readFileSync(memory, 'utf8').trim().split('\n').map(Number)
    : [];
  const peakRssBytes = Math.max(
    seen.polledPeak,
    ...exactPeaks.map((kibibytes) => kibibytes * 1024),
  );
  if (step.isSelfTimed === true) {
    const report = JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')) as Usage;
    return {
      wallSeconds: report.wallSeconds,
      cpuSeconds: report.cpuSeconds + seen.companionCpu,
      peakRssBytes,
    };
  }
  return {
    wallSeconds: wall / count,
    cpuSeconds: (user + system + seen.companionCpu) / count,
    peakRssBytes,
  };
}

function failure(step: Step, child: ChildProcess, directory: string): Error {
  const output = readFileSync(join(directory, 'output'), 'utf8').trim().slice(-400);
  const end = child.signalCode ?? `exit ${child.exitCode}`;
  return new Error(`${step.label} failed (${end}): ${output}`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
