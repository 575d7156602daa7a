/** git, alone and with git-lfs. By default git syncs packs and the index, but not loose objects: not durable. */
import { type Place, stepIn } from './place.js';
import { programVersion } from './program-version.js';
import type { Rival } from './rival.js';

const run = (place: Place, label: string, ...args: string[]) =>
  stepIn(place, label, ['git', ...args]);

const recordPath = (place: Place, path: string) => [
  run(place, 'add', 'add', path),
  run(place, 'commit', 'commit', '-q', '-m', 'bench'),
];

const startBranches = (place: Place) => [
  run(place, 'commit', 'commit', '-q', '--allow-empty', '-m', 'empty'),
  run(place, 'branch', 'branch', 'empty'),
];

const moves = {
  leave: (place: Place) => [run(place, 'checkout', 'checkout', '-q', 'empty')],
  enter: (place: Place) => [run(place, 'checkout', 'checkout', '-q', 'main')],
};

const initGit = (place: Place) => [run(place, 'init', 'init', '-q')];

const initLfs = (place: Place) => [
  ...initGit(place),
  run(place, 'init', 'lfs', 'install', '--local'),
  // Attributes of the repository instead of a tracked file: the working tree stays as it is.
  stepIn(place, 'init', [
    'bash',
    '-c',
    "echo 'data/** filter=lfs diff=lfs merge=lfs -text' > .git/info/attributes",
  ]),
];

function gitRival(name: string, init: typeof initGit, version: Rival['version']): Rival {
  return {
    name,
    isDurable: false,
    stores: ['.git'],
    version,
    record: (place) => [...init(place), ...recordPath(place, 'data')],
    recordChange: (place, path = 'data') => recordPath(place, path),
    status: (place) => [run(place, 'status', 'status', '--short')],
    checkout: {
      prepare: (place) => [...init(place), ...startBranches(place), ...recordPath(place, 'data')],
      ...moves,
    },
  };
}

/** git. */
export const git = gitRival('git', initGit, (env) => programVersion(['git', '--version'], env));

/** git with git-lfs for all of `data`. */
export const gitLfs = gitRival('git-lfs', initLfs, (env) =>
  programVersion(['git', 'lfs', 'version'], env),
);
