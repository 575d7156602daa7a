/**
 * Runs the small benches: every `bench/cases/*.ts` exports functions named `...Bench` that return a tinybench
 * `Bench` with its tasks. A task whose name holds `[N B]` handles N bytes a call and gets a column in GB/s.
 */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bench } from 'tinybench';
import { alignColumns } from './report/terminal.js';

/** Returns the names of the case files, without the ending. */
export function listMicroCases(): string[] {
  try {
    return readdirSync(casesFolder)
      .filter((file) => file.endsWith('.js'))
      .map((file) => file.slice(0, -'.js'.length))
      .sort();
  } catch {
    return []; // no case has been written
  }
}

/** Runs the benches of one case file and returns their tables. */
export async function runMicroCase(name: string): Promise<string> {
  const module: Record<string, unknown> = await import(
    pathToFileURL(join(casesFolder, `${name}.js`)).href
  );
  const tables: string[] = [];
  for (const [exported, value] of Object.entries(module)) {
    if (!exported.endsWith('Bench') || typeof value !== 'function') continue;
    const bench = (await value()) as Bench;
    await bench.run();
    tables.push(renderBench(`${name}: ${bench.name ?? exported}`, bench));
  }
  return tables.join('\n');
}

// scripts/run.mjs puts them there.
const casesFolder = resolve('dist', 'tools', 'bench', 'cases');

function renderBench(title: string, bench: Bench): string {
  const rows = bench.tasks.map((task) => {
    const { result } = task;
    if (!('latency' in result)) return [task.name, 'failed'];
    const meanMs = result.latency.mean;
    const sizeBytes = Number(task.name.match(/\[(\d+) B\]/)?.[1] ?? 0);
    return [
      task.name,
      formatDuration(meanMs),
      formatDuration(result.latency.p50),
      formatDuration(result.latency.p99),
      `±${result.latency.rme.toFixed(1)} %`,
      sizeBytes === 0 ? '' : `${(sizeBytes / meanMs / 1e6).toFixed(2)} GB/s`,
    ];
  });
  const heading = ['task', 'mean', 'median', 'p99', 'error', 'rate'];
  return ['', title, ...alignColumns([heading, ...rows]).map((line) => `  ${line}`)].join('\n');
}

function formatDuration(milliseconds: number): string {
  if (milliseconds < 0.001) return `${(milliseconds * 1e6).toFixed(0)} ns`;
  if (milliseconds < 1) return `${(milliseconds * 1000).toFixed(2)} us`;
  return `${milliseconds.toFixed(2)} ms`;
}
