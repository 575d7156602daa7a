/** `npm run bench`: selects cases, runs them, prints tables, writes JSON. Run in the folder of the project. */
import { mkdirSync } from 'node:fs';
import type { CaseContext, CommandCase } from './commands/case.js';
import { commandCases } from './commands/catalogue.js';
import { dataSets } from './data/catalogue.js';
import { ensureDataSet } from './data/data-set.js';
import { listMicroCases, runMicroCase } from './micro.js';
import { type BenchOptions, parseOptions, usage } from './options.js';
import { publish } from './report/document.js';
import { type CaseResult, readResults, writeResult } from './report/result.js';
import { renderResult } from './report/terminal.js';
import { rivals } from './rivals/catalogue.js';
import { toolEnvironment } from './rivals/place.js';
import { type AuditFinding, auditOxen } from './runner/audit.js';
import { clearWork } from './runner/fresh-folder.js';
import { describeMachine } from './runner/machine.js';
import { runRounds } from './runner/rounds.js';

interface Bench {
  readonly context: CaseContext;
  readonly versions: Readonly<Record<string, string>>;
  readonly audit: readonly AuditFinding[];
}

function isSelected(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}

function selectCases(options: BenchOptions): CommandCase[] {
  const selected = commandCases.filter(({ name, isOptional }) =>
    options.cases.length === 0 ? isOptional !== true : isSelected(name, options.cases),
  );
  if (selected.length === 0) throw new Error('no such case; --list shows them');
  return selected;
}

function prepareBench(options: BenchOptions): Bench {
  mkdirSync(options.cache, { recursive: true });
  clearWork(options.cache);
  const env = toolEnvironment(options.cache);
  const wanted = rivals.filter(
    ({ name }) => options.tools.length === 0 || name === 'oxen' || isSelected(name, options.tools),
  );
  const found = wanted.map((rival) => ({ rival, version: rival.version(env) }));
  const versions: Record<string, string> = {};
  for (const { rival, version } of found) {
    console.log(`${rival.name.padEnd(18)} ${version ?? 'not found, left out'}`);
    if (version !== undefined) versions[rival.name] = version;
  }
  const audit = versions['oxen'] === undefined ? [] : auditOxen(options.cache, env);
  for (const { what, outcome, detail } of audit) console.log(`${what}: ${outcome} (${detail})`);
  const context: CaseContext = {
    cache: options.cache,
    scale: options.scale,
    env,
    rivals: found.filter(({ version }) => version !== undefined).map(({ rival }) => rival),
    dataSet: (recipe) => ensureDataSet(recipe, options.cache, options.scale),
  };
  return { context, versions, audit };
}

async function runCase(
  selected: CommandCase,
  bench: Bench,
  options: BenchOptions,
): Promise<CaseResult> {
  const machine = describeMachine(options.cache);
  console.error(`\n${selected.name}: ${selected.summary}`);
  const plan = selected.plan(bench.context);
  const participants = await runRounds(plan.participants, {
    roundCount: options.roundCount,
    isOnce: (name) => options.once.some((start) => name.startsWith(start)),
    report: (line) => console.error(`  ${line}`),
  });
  return {
    name: selected.name,
    family: selected.family,
    summary: selected.summary,
    date: new Date().toISOString().slice(0, 10),
    scale: options.scale,
    roundCount: options.roundCount,
    shapes: plan.dataSets.map(({ name, shape }) => ({ name, shape })),
    machine,
    versions: bench.versions,
    audit: bench.audit,
    participants,
    verdicts: plan.targets.map((judge) => judge(participants)),
  };
}

function list(): void {
  const print = (title: string, rows: readonly (readonly [string, string])[]) => {
    console.log(`${title}:`);
    for (const [name, summary] of rows) console.log(`  ${name.padEnd(26)} ${summary}`);
  };
  const optional = (isOptional?: boolean) => (isOptional === true ? ' (only when named)' : '');
  print(
    'Cases',
    commandCases.map((each) => [each.name, each.summary + optional(each.isOptional)]),
  );
  print(
    'Small cases (--micro)',
    listMicroCases().map((name) => [name, '']),
  );
  print(
    'Data sets',
    dataSets.map(({ name, summary }) => [name, summary]),
  );
  print(
    'Tools',
    rivals.map(({ name }) => [name, '']),
  );
}

async function runMicro(options: BenchOptions): Promise<void> {
  const names = listMicroCases().filter(
    (name) => options.cases.length === 0 || isSelected(name, options.cases),
  );
  for (const name of names) console.log(await runMicroCase(name));
}

function publishResults(options: BenchOptions): void {
  const results = readResults(options.scale);
  const known = commandCases.flatMap(({ name }) => results.get(name) ?? []);
  publish(known);
  console.log(`${known.length} cases written to docs/benchmarks.md.`);
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options.isHelp) return console.log(usage);
  if (options.isList) return list();
  if (options.isPublish) return publishResults(options);
  if (options.isMicro) return runMicro(options);

  const cases = selectCases(options);
  const bench = prepareBench(options);
  const results: CaseResult[] = [];
  for (const selected of cases) {
    const result = await runCase(selected, bench, options);
    writeResult(result);
    results.push(result);
    console.log(renderResult(result));
  }
  const verdicts = results.flatMap((result) => result.verdicts);
  const met = verdicts.filter(({ isMet }) => isMet === true).length;
  const missed = verdicts.filter(({ isMet }) => isMet === false).length;
  const open = verdicts.length - met - missed;
  console.log(`\nTargets: ${met} met, ${missed} missed, ${open} not measured.`);
  if (options.scale !== 1)
    console.log('They are set for scale 1: in small sets the start-up weighs more.');
  const hasFailure = results.some(({ participants }) =>
    participants.some(({ failure }) => failure !== undefined),
  );
  const isVoid = bench.audit.some(({ outcome }) => outcome === 'fail');
  if (isVoid) console.log('The figures of oxen are void: a check before the run has failed.');
  if (hasFailure || isVoid) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(`Error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
