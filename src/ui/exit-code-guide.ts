/** The guide `oxen help exit-codes`. */
import { type ErrorKind, exitCodes } from '../core/model/errors.js';
import type { Guide } from './guides.js';

const meanings: Readonly<Record<ErrorKind, string>> = {
  failure: 'The operation failed: disk full, no permission, an unreadable file.',
  usage: 'The command line cannot be understood.',
  'not-found': 'No repository here, or no such branch, commit, path or remote.',
  conflict:
    'The state forbids it: local changes in the way, a merge conflict, a branch that moved.',
  authentication: 'A token is missing or not accepted.',
  remote: 'The network or the other side failed.',
  integrity: 'Stored or received bytes are not what their hash says.',
  busy: 'Another process holds what is needed.',
  interrupted: 'Stopped by Ctrl-C at a safe point.',
};

/** Every exit code and what it means, ascending. */
export const exitCodeMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'Done.'],
  ...Object.entries(meanings).map(
    ([kind, meaning]) => [exitCodes[kind as ErrorKind], meaning] as const,
  ),
];

/** The guide. */
export const exitCodeGuide: Guide = {
  summary: 'What the exit code says',
  text: [
    'Exit codes of every command.',
    '',
    ...exitCodeMeanings.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`),
    '',
  ].join('\n'),
};
