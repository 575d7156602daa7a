/** Ours: the built program, run as a user runs it. $OXEN_BIN names another build or version to measure instead. */
import { join } from 'node:path';
import { type Place, stepIn } from './place.js';
import { programVersion } from './program-version.js';
import type { RestoringRival } from './rival.js';

/** The command line that starts oxen; tools are run in the folder of the project. */
export const oxenCommand: readonly string[] =
  process.env['OXEN_BIN'] === undefined
    ? [process.execPath, join(process.cwd(), 'bin', 'run.js')]
    : [process.env['OXEN_BIN']];

/** Returns the step `oxen ARGS...`. */
export function runOxen(place: Place, label: string, ...args: string[]) {
  return stepIn(place, label, [...oxenCommand, ...args]);
}

const recordPath = (place: Place, path: string) => [
  runOxen(place, 'add', 'add', path),
  runOxen(place, 'commit', 'commit', '-m', 'bench'),
];

/** oxen. */
export const oxen: RestoringRival = {
  name: 'oxen',
  isDurable: true,
  stores: ['.oxen'],
  version: (env) => programVersion([...oxenCommand, '--version'], env),
  record: (place) => [runOxen(place, 'init', 'init'), ...recordPath(place, 'data')],
  recordChange: (place, path = 'data') => recordPath(place, path),
  status: (place) => [runOxen(place, 'status', 'status')],
  checkout: {
    prepare: (place) => [
      runOxen(place, 'init', 'init'),
      runOxen(place, 'commit', 'commit', '--allow-empty', '-m', 'empty'),
      runOxen(place, 'branch', 'branch', 'empty'),
      ...recordPath(place, 'data'),
    ],
    leave: (place) => [runOxen(place, 'checkout', 'checkout', 'empty')],
    enter: (place) => [runOxen(place, 'checkout', 'checkout', 'main')],
  },
};
