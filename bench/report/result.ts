/** The result of one case as it is written to bench/results and read back for docs/benchmarks.md. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Shape } from '../data/shape.js';
import type { AuditFinding } from '../runner/audit.js';
import type { Machine } from '../runner/machine.js';
import type { ParticipantResult } from '../runner/participant.js';
import type { Verdict } from '../runner/targets.js';

/** Everything about one run of a case. */
export interface CaseResult {
  readonly name: string;
  readonly family: string;
  readonly summary: string;
  readonly date: string; // ISO 8601, day only
  readonly scale: number;
  readonly roundCount: number;
  readonly shapes: readonly { readonly name: string; readonly shape: Shape }[];
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>; // by tool
  readonly audit: readonly AuditFinding[];
  readonly participants: readonly ParticipantResult[];
  readonly verdicts: readonly Verdict[];
}

const resultsFolder = join('bench', 'results');

/** Writes the result to `bench/results/<case>[-x<scale>].json`, in place of an older one. */
export function writeResult(result: CaseResult): void {
  mkdirSync(resultsFolder, { recursive: true });
  const suffix = result.scale === 1 ? '' : `-x${result.scale}`;
  const path = join(resultsFolder, `${result.name}${suffix}.json`);
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
}

/** Returns the results at `scale` that lie in bench/results, by case name. */
export function readResults(scale: number): Map<string, CaseResult> {
  mkdirSync(resultsFolder, { recursive: true });
  const results = readdirSync(resultsFolder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(resultsFolder, name), 'utf8')) as CaseResult)
    .filter((result) => result.scale === scale);
  return new Map(results.map((result) => [result.name, result]));
}
