/** Prints a result as a table on the terminal. */
import { describeShape } from '../data/shape.js';
import { spreadOf } from '../runner/statistics.js';
import type { CaseResult } from './result.js';
import { columns, formatSeconds, rowsOf } from './rows.js';

/** Returns the lines of the table, with the verdict on each target behind it. */
export function renderResult(result: CaseResult): string {
  const shapes = result.shapes.map(({ name, shape }) => `  ${name}: ${describeShape(shape)}`);
  const verdicts = result.verdicts.map(({ target, measured, isMet }) => {
    const mark = isMet === undefined ? 'open' : isMet ? 'pass' : 'MISS';
    return `  ${mark.padEnd(5)} target ${target}: ${measured}`;
  });
  return [
    '',
    `${result.name}: ${result.summary}`,
    ...shapes,
    `  ${result.roundCount} interleaved rounds, warm cache, median; scale ${result.scale}`,
    ...alignColumns([[...columns], ...rowsOf(result)]).map((line) => `  ${line}`),
    ...stepsOf(result),
    ...verdicts,
  ].join('\n');
}

/** Returns what the commands of each tool with several of them took. */
function stepsOf(result: CaseResult): string[] {
  return result.participants.flatMap(({ name, samples }) => {
    const labels = Object.keys(samples[0]?.stepSeconds ?? {});
    if (labels.length < 2) return [];
    const medians = labels.map((label) => {
      const seconds = samples.map((sample) => sample.stepSeconds[label] ?? 0);
      return `${label} ${formatSeconds(spreadOf(seconds).median)}`;
    });
    return [`  ${name}: ${medians.join(', ')}`];
  });
}

/** Returns the rows as lines with aligned columns: the first to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const full = rows.filter((row) => row.length > 2);
  const widths = (full[0] ?? []).map((_, column) =>
    Math.max(...full.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((text, column) =>
        column === 0
          ? text.padEnd(widths[0] ?? 0)
          : text.padStart(full.includes(row) ? (widths[column] ?? 0) : 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
