/** DVC without git around it: one file per version in its cache, no sync. The program may be named by $DVC. */
import { type Place, stepIn } from './place.js';
import { programVersion } from './program-version.js';
import type { Rival } from './rival.js';

const program = process.env['DVC'] ?? 'dvc';
const run = (place: Place, label: string, ...args: string[]) =>
  stepIn(place, label, [program, ...args, '--quiet']);

const record = (place: Place) => [
  run(place, 'init', 'init', '--no-scm'),
  run(place, 'add', 'add', 'data'),
];

/** DVC. */
export const dvc: Rival = {
  name: 'dvc',
  isDurable: false,
  stores: ['.dvc'],
  version: (env) => programVersion([program, '--version'], env),
  record,
  recordChange: (place) => [run(place, 'add', 'add', 'data')],
  status: (place) => [stepIn(place, 'status', [program, 'status'])],
  checkout: {
    prepare: record,
    leave: (place) => [stepIn(place, 'rm', ['rm', '-rf', 'data'])],
    enter: (place) => [run(place, 'checkout', 'checkout')],
  },
};
