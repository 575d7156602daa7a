/**
 * What a server answers while clients push: `node scripts/run.mjs bench/load [--client NAME] [--clients N] [--scale X] [--away]`. Some
 * clients push the same 20,000 files of 4 KiB, each into a repository of its own, while /api/health is asked every 20 ms. Prints
 * how long the answers took, and the CPU time and memory of the server. Run `npm run build` before.
 */
import { spawn } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pairsOf } from '../commands/sync/pair.js';
import { sessionOf } from '../commands/sync/session.js';
import { few4k } from '../data/catalogue.js';
import { ensureDataSet } from '../data/data-set.js';
import { rivals } from '../rivals/catalogue.js';
import { toolEnvironment } from '../rivals/place.js';
import { clearWork, freshFolder } from '../runner/fresh-folder.js';
import { measure } from '../runner/measure.js';
import { cpuSecondsOf, mainThreadOf, residentBytesOfTree } from '../runner/process-tree.js';
import type { Step } from '../runner/step.js';

const pauseMs = 20;
const mebibyte = 1024 * 1024;
const askingFile = fileURLToPath(new URL('../../bench/load/ask.mjs', import.meta.url)); // seen from dist/tools

/** What was seen of a server under load. */
interface Observation {
  readonly answersMs: readonly number[]; // ascending
  readonly peakBytes: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      client: { type: 'string', default: 'oxen' },
      clients: { type: 'string', default: '1' },
      scale: { type: 'string', default: '1' },
      away: { type: 'boolean', default: false },
      cache: { type: 'string', default: process.env['OXEN_BENCH_CACHE'] ?? '.bench-cache' },
    },
  });
  const scale = Number(values.scale);
  const cache = resolve(join(values.cache));
  clearWork(cache);
  const context = {
    cache,
    scale,
    env: toolEnvironment(cache),
    rivals,
    dataSet: (recipe: typeof few4k) => ensureDataSet(recipe, cache, scale),
  };
  const pair = pairsOf(context).find(({ name }) => name === values.client);
  if (pair === undefined) throw new Error(`no such client: ${values.client}`);
  const session = sessionOf(context, context.dataSet(few4k), pair, 'load');
  await session.open();
  try {
    const names = Array.from({ length: Number(values.clients) }, (_, index) => `load-${index}`);
    const remotes = [];
    for (const name of names) remotes.push(await session.connect(name));
    // Two programs of the original cannot work in one repository at once.
    const pushes = remotes.map((remote) => {
      const root = freshFolder(cache, remote.name);
      cpSync(session.copy.root, root, { recursive: true });
      return session.withServer(pair.push({ root, env: context.env }, remote));
    });
    const [first] = remotes;
    const [server] = pushes[0]?.companionPids ?? [];
    if (first === undefined || server === undefined) throw new Error('no server');
    const end = new AbortController();
    const observing = observe(`http://${first.address}/api/health`, server, end.signal);
    const cpuBefore = cpuSecondsOf(server);
    const threadBefore = mainThreadOf(server);
    const startedAt = performance.now();
    await Promise.all(pushes.map((push) => measure(values.away ? atLeisure(push) : push)));
    const seconds = (performance.now() - startedAt) / 1000;
    const cpuSeconds = cpuSecondsOf(server) - cpuBefore;
    const thread = mainThreadOf(server);
    end.abort();
    report(await observing, seconds, cpuSeconds);
    const ran = (thread.cpuSeconds - threadBefore.cpuSeconds).toFixed(1);
    const waited = (thread.waitedSeconds - threadBefore.waitedSeconds).toFixed(1);
    console.log(`its main thread ran ${ran} s, and waited ${waited} s for a core`);
    const metrics = await (await fetch(`http://${first.address}/metrics`)).text();
    for (const line of metrics.match(/^oxen_event_loop_delay_seconds.*$/gm) ?? [])
      console.log(line);
  } finally {
    await session.close();
  }
}

/**
 * The push with the lowest priority: what many clients compute would be computed on other machines. Where Linux shares the cores out
 * between sessions first (sched_autogroup), a nice value only counts within one, so each client gets a session of low priority.
 */
function atLeisure(push: Step): Step {
  const lower = '{ echo 19 > /proc/self/autogroup; } 2>/dev/null; exec nice -n 19 "$@"';
  return { ...push, argv: ['setsid', '-w', 'sh', '-c', lower, 'sh', ...push.argv] };
}

/** Asks for the health and looks at the memory of the server until the signal fires. */
async function observe(url: string, server: number, signal: AbortSignal): Promise<Observation> {
  const asking = spawn(process.execPath, [askingFile, url], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = text(asking.stdout);
  let peakBytes = 0;
  while (!signal.aborted) {
    peakBytes = Math.max(peakBytes, residentBytesOfTree(server));
    await wait(pauseMs);
  }
  asking.stdin.end();
  const answersMs = JSON.parse(await answers) as number[];
  answersMs.sort((left, right) => left - right);
  return { answersMs, peakBytes };
}

function report({ answersMs, peakBytes }: Observation, seconds: number, cpuSeconds: number): void {
  const at = (share: number): string => {
    const index = Math.min(answersMs.length - 1, Math.floor(answersMs.length * share));
    return `${(answersMs[index] ?? 0).toFixed(0)} ms`;
  };
  console.log(`pushed in ${seconds.toFixed(1)} s; the server took ${cpuSeconds.toFixed(1)} s CPU`);
  console.log(`memory of the server: at most ${Math.round(peakBytes / mebibyte)} MiB`);
  const percentiles = `median ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, worst ${at(1)}`;
  console.log(`/api/health, ${answersMs.length} answers: ${percentiles}`);
}

await main();
