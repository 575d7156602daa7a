/**
 * The one place of the command line that turns an error into output and an exit code: a line `Error: what`, a line
 * `  hint: what to type`, or a JSON document with `--json`.
 */
import { type ErrorRecord, recordError } from '../core/model/error-record.js';
import { exitCodes, OxenError } from '../core/model/errors.js';
import type { Paint } from './colour.js';
import { renderDocument } from './json-document.js';
import type { Session } from './session.js';

/** Prints `error` and returns the exit code of the process. */
export function reportError(error: unknown, session: Session): number {
  const record = describeError(error);
  if (session.isJson) session.out.write(renderErrorDocument(record, session.isDebug));
  else session.err.write(renderError(record, session.isDebug, session.err.paint));
  return exitCodes[record.kind];
}

/** Returns the record of an error; one that is no OxenError is a mistake of ours and says how to learn more. */
export function describeError(error: unknown): ErrorRecord {
  const record = recordError(error);
  if (error instanceof OxenError) return record;
  return { ...record, hint: 'Set OXEN_DEBUG=1 and run it again to see where this comes from.' };
}

/** Returns the lines of an error, each with its line end. */
export function renderError(record: ErrorRecord, withStack: boolean, paint: Paint): string {
  const lines = [`${paint('boldRed', 'Error:')} ${record.message}`];
  if (record.hint !== undefined) lines.push(`  ${paint('boldCyan', 'hint:')} ${record.hint}`);
  if (withStack && record.stack !== undefined) lines.push(record.stack);
  return `${lines.join('\n')}\n`;
}

/** Returns the JSON document of an error, with a line end. */
export function renderErrorDocument(record: ErrorRecord, withStack: boolean): string {
  const { stack, ...facts } = record;
  const shownStack = withStack && stack !== undefined ? { stack } : {};
  return renderDocument({ error: { ...facts, exitCode: exitCodes[record.kind], ...shownStack } });
}
