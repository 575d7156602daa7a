/** Log lines: one JSON object each. Tokens, bodies and query strings are never among them. */
import type { IncomingMessage } from 'node:http';
import { FailureError } from './exchange.js';

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

/** What became of a request. */
export interface RequestOutcome {
  readonly requestId: string;
  readonly route: string;
  readonly status: number; // 0: the connection broke before the answer
  readonly durationMs: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly address: string | undefined; // of the sender
  readonly user: string | undefined; // email address
  readonly problem: unknown; // what was thrown
}

/** Returns the line of a request. */
export function describeRequest(request: IncomingMessage, outcome: RequestOutcome): LogEntry {
  const { problem, durationMs, ...rest } = outcome;
  const isOurs = problem !== undefined && !(problem instanceof FailureError);
  const isBad = rest.status >= 500 || rest.status === 0;
  return {
    level: isBad ? 'error' : isOurs ? 'warn' : 'info',
    event: 'request',
    method: request.method ?? '',
    path: loggedPath(request.url ?? ''),
    ...rest,
    ms: Math.round(durationMs),
    ...(problem instanceof Error ? { error: problem.message } : {}),
    ...(rest.status >= 500 && problem instanceof Error ? { stack: problem.stack } : {}),
  };
}

/** Without the query; a target with a host in front may hold a password. */
function loggedPath(target: string): string {
  return target.startsWith('/') ? target.replace(/\?.*$/s, '').slice(0, 500) : '';
}
