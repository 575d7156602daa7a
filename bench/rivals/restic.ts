/** restic, a backup program: chunks, compresses, encrypts, and syncs its packs. */
import { type Place, stepIn } from './place.js';
import { programVersion } from './program-version.js';
import type { Rival } from './rival.js';

const run = (place: Place, label: string, ...args: string[]) =>
  stepIn(place, label, ['restic', '--no-cache', '--quiet', '--repo', '.restic', ...args]);

const record = (place: Place) => [
  run(place, 'init', 'init'),
  run(place, 'backup', 'backup', 'data'),
];

/** restic. */
export const restic: Rival = {
  name: 'restic',
  isDurable: true,
  stores: ['.restic'],
  version: (env) => programVersion(['restic', 'version'], env),
  record,
  recordChange: (place) => [run(place, 'backup', 'backup', 'data')],
  checkout: {
    prepare: record,
    leave: (place) => [stepIn(place, 'rm', ['rm', '-rf', 'data'])],
    enter: (place) => [run(place, 'restore', 'restore', 'latest', '--target', '.')],
  },
};
