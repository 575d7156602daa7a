/** Reads the recorded exchanges of test/compat/traces. */
import { readFileSync } from 'node:fs';
import type { RouteName } from '../../src/core/wire/routes.js';

/** One recorded exchange; the README beside the file says what the fields are. */
export interface Exchange {
  readonly route: RouteName;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly status: number;
  readonly request?: string;
  readonly response?: string;
}

/** Returns all recorded exchanges. */
export function recordedExchanges(): readonly Exchange[] {
  const file = new URL('../compat/traces/requests.jsonl', import.meta.url);
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Exchange);
}
