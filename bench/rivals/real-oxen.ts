/**
 * The original, through its Python client `oxenai`. Its scripts time themselves, so that the import of Python
 * modules does not count against it; `init` is left out of the time because it asks a host on the network.
 * $OXENAI_PYTHON names a Python that has the package; the default is the project's own environment (npm run rivals).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Step } from '../runner/step.js';
import { type Place, stepIn } from './place.js';
import { programVersion } from './program-version.js';
import type { Rival } from './rival.js';

const python = process.env['OXENAI_PYTHON'] ?? join(process.cwd(), '.venv', 'bin', 'python');
const scripts = join(process.cwd(), 'bench', 'rivals', 'oxenai');

/** Returns the step that runs a script of bench/rivals/oxenai. */
export function runOxenai(place: Place, label: string, script: string, ...args: string[]): Step {
  const argv = [python, join(scripts, `${script}.py`), ...args];
  return { ...stepIn(place, label, argv), isSelfTimed: true };
}

function version(env: NodeJS.ProcessEnv): string | undefined {
  if (!existsSync(python)) return undefined;
  const found = programVersion([python, '-c', 'import oxen; print(oxen.__version__)'], env);
  return found === undefined ? undefined : `oxenai ${found}`;
}

function original(name: string, settings: NodeJS.ProcessEnv): Rival {
  const tuned = (place: Place): Place => ({ ...place, env: { ...place.env, ...settings } });
  const run = (place: Place, label: string, script: string, ...args: string[]) =>
    runOxenai(tuned(place), label, script, ...args);
  return {
    name,
    isDurable: true,
    stores: ['.oxen'],
    version,
    record: (place) => [run(place, 'add+commit', 'record', 'data')],
    recordChange: (place, path = 'data') => [run(place, 'add+commit', 'record', path)],
    status: (place) => [run(place, 'status', 'status')],
    checkout: {
      prepare: (place) => [
        run(place, 'prepare', 'record_empty', 'empty'),
        run(place, 'prepare', 'record', 'data'),
      ],
      leave: (place) => [run(place, 'checkout', 'checkout', 'empty')],
      enter: (place) => [run(place, 'checkout', 'checkout', 'main')],
    },
  };
}

/** The original as it is installed. */
export const realOxen = original('real oxen', {});

/** The original with the allocator setting that makes its add several times faster on fast disks. */
export const realOxenTuned = original('real oxen, tuned', {
  MALLOC_MMAP_THRESHOLD_: '1048576',
});
