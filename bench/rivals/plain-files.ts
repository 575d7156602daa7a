/** `cp -r` and `tar`: the floor. They neither hash nor keep history, and they do not sync. */
import { type Place, stepIn } from './place.js';
import { programVersion } from './program-version.js';
import type { RestoringRival, Rival } from './rival.js';

const clear = (place: Place) => stepIn(place, 'rm', ['rm', '-rf', 'data']);

/** `cp -r`. */
export const cp: Rival = {
  name: 'cp -r',
  isDurable: false,
  stores: ['.copy'],
  version: () => programVersion(['cp', '--version']),
  record: (place) => [stepIn(place, 'cp', ['cp', '-r', 'data', '.copy'])],
  checkout: {
    prepare: (place) => [stepIn(place, 'cp', ['cp', '-r', 'data', '.copy'])],
    leave: (place) => [clear(place)],
    enter: (place) => [stepIn(place, 'cp', ['cp', '-r', '.copy', 'data'])],
  },
};

/** `tar cf` and `tar xf`. */
export const tar: RestoringRival = {
  name: 'tar',
  isDurable: false,
  stores: ['.archive.tar'],
  version: () => programVersion(['tar', '--version']),
  record: (place) => [stepIn(place, 'tar', ['tar', 'cf', '.archive.tar', 'data'])],
  checkout: {
    prepare: (place) => [stepIn(place, 'tar', ['tar', 'cf', '.archive.tar', 'data'])],
    leave: (place) => [clear(place)],
    enter: (place) => [stepIn(place, 'tar', ['tar', 'xf', '.archive.tar'])],
  },
};
