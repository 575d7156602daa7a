/** What the demo shows: one line per step with its time and rates, and short excerpts of what oxen prints. */
import ansis from 'ansis';

const labelWidth = 56;

/** What a step handled, for its rates. */
export interface Amount {
  readonly fileCount?: number;
  readonly sizeBytes?: number;
}

/** Prints a heading. */
export function heading(text: string): void {
  console.log(`\n${ansis.bold(text)}`);
}

/** Prints a finished step: what, how long, and how fast where an amount is given. */
export function done(label: string, seconds: number, amount: Amount = {}): void {
  const rates = [
    amount.fileCount === undefined ? '' : `${grouped(amount.fileCount / seconds)} files/s`,
    amount.sizeBytes === undefined ? '' : `${(amount.sizeBytes / seconds / 1e6).toFixed(0)} MB/s`,
  ];
  const figures = [
    `${seconds.toFixed(2)} s`.padStart(9),
    ...rates.map((rate) => rate.padStart(16)),
  ];
  console.log(`${ansis.green('✔')} ${label.padEnd(labelWidth)}${figures.join('').trimEnd()}`);
}

/** Prints a step that failed. */
export function failed(label: string, reason: string): void {
  console.log(`${ansis.red('✘')} ${label}\n${indent(reason)}`);
}

/** Prints a fact below a step. */
export function note(text: string): void {
  console.log(ansis.dim(indent(text)));
}

/** Prints the first lines of an output, dimmed, and how many more there are. */
export function excerpt(output: string, lineCount: number): void {
  const lines = output.trimEnd().split('\n');
  const rest = lines.length - lineCount;
  note(
    [...lines.slice(0, lineCount), ...(rest > 0 ? [`… ${grouped(rest)} more lines`] : [])].join(
      '\n',
    ),
  );
}

/** Returns a number with groups of three digits. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
