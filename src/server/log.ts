/** Log lines: one JSON object each. Tokens, bodies and query strings are never among them. */

/** Receives lines. */
export type LogSink = (line: string) => void;

/** Something worth a line. */
export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly [field: string]: string | number | boolean | undefined;
}

/** Writes an entry with the time in front. */
export function writeLog(sink: LogSink, now: Date, entry: LogEntry): void {
  sink(JSON.stringify({ time: now.toISOString(), ...entry }));
}
