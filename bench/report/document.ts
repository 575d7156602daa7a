/**
 * Writes the results into docs/benchmarks.md, between the two marks, and the charts beside it. The text around the
 * marks is written by people.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeShape } from '../data/shape.js';
import { drawFamily } from './chart.js';
import type { CaseResult } from './result.js';
import { columns, rowsOf } from './rows.js';

const documentPath = join('docs', 'benchmarks.md');
const chartFolder = join('docs', 'benchmarks');
const beginMark = '<!-- results: written by npm run bench -- --publish -->';
const endMark = '<!-- end of results -->';

/**
 * Replaces the results in the document by `results` and draws one chart per family.
 * @throws Error when the document lacks the marks
 */
export function publish(results: readonly CaseResult[]): void {
  const text = readFileSync(documentPath, 'utf8');
  const begin = text.indexOf(beginMark);
  const end = text.indexOf(endMark);
  if (begin < 0 || end < begin) throw new Error(`${documentPath} lacks the marks of the results`);
  mkdirSync(chartFolder, { recursive: true });
  const sections = familiesOf(results).map(([family, members]) => {
    writeFileSync(join(chartFolder, `${family}.svg`), `${drawFamily(family, members)}\n`);
    return [
      `## ${family}`,
      '',
      `![${family}](benchmarks/${family}.svg)`,
      ...members.map(section),
    ].join('\n');
  });
  const body = [machineSection(results), ...sections].join('\n\n');
  const head = text.slice(0, begin + beginMark.length);
  writeFileSync(documentPath, `${head}\n\n${body}\n\n${text.slice(end)}`);
}

function familiesOf(results: readonly CaseResult[]): [string, CaseResult[]][] {
  const families = new Map<string, CaseResult[]>();
  for (const result of results) {
    families.set(result.family, [...(families.get(result.family) ?? []), result]);
  }
  return [...families];
}

function machineSection(results: readonly CaseResult[]): string {
  const newest = [...results].sort((left, right) => (left.date < right.date ? 1 : -1))[0];
  if (newest === undefined) return 'No results yet.';
  const { machine, versions, audit } = newest;
  return [
    '## Machine',
    '',
    `* ${machine.coreCount} cores, ${machine.processor}, ${machine.memory} memory`,
    `* ${machine.system}, ${machine.fileSystem}, Node ${machine.node.slice(1)}`,
    ...Object.entries(versions).map(([tool, version]) => `* ${tool}: ${version}`),
    ...audit.map(
      ({ what, outcome, detail }) => `* Checked before: ${what}: ${outcome} (${detail})`,
    ),
  ].join('\n');
}

function section(result: CaseResult): string {
  const shapes = result.shapes.map(({ shape }) => describeShape(shape)).join('; ');
  const facts = [
    result.date,
    `${result.roundCount} rounds`,
    `load ${result.machine.loadAtStart.toFixed(1)} at the start`,
    ...(result.scale === 1 ? [] : [`scale ${result.scale}`]),
  ];
  const row = (cells: readonly string[]) =>
    `| ${columns.map((_, index) => cells[index] ?? '').join(' | ')} |`;
  return [
    '',
    `### ${result.name}`,
    '',
    `${capitalise(result.summary)}.${shapes === '' ? '' : ` Measured: ${shapes}.`} (${facts.join(', ')})`,
    '',
    row(columns),
    `|---|${columns
      .slice(1)
      .map(() => '---:|')
      .join('')}`,
    ...rowsOf(result).map(row),
    '',
    ...result.verdicts.map(({ target, measured, isMet }) => {
      const mark = isMet === undefined ? 'not measured' : isMet ? 'met' : '**missed**';
      return `* Target ${target.replaceAll('<', '&lt;')}: ${measured === 'not measured' ? '' : `${measured}, `}${mark}`;
    }),
  ].join('\n');
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
