// Puts the real client `oxenai` into .venv of the project, for the interop tests and the benches, and prints its Python.
// Exit code 0: it is there. 3: there is no usable Python; the reason is printed. 1: anything else went wrong.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const version = '0.65.1';
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, '.venv');
const python = join(folder, 'bin', 'python');

function succeeds(program, ...args) {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

function stop(code, message) {
  console.error(message);
  process.exit(code);
}

function hasClient() {
  return succeeds(python, '-c', `import oxen; assert oxen.__version__ == '${version}'`);
}

if (!existsSync(python) || !hasClient()) {
  const system = ['python3', 'python'].find((name) =>
    succeeds(name, '-c', 'import sys; assert sys.version_info >= (3, 10)'),
  );
  if (system === undefined) stop(3, 'Python 3.10 or newer was not found.');
  if (!succeeds(system, '-m', 'venv', folder)) stop(3, 'Python has no working venv module.');
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  const result = spawnSync(python, [...install, `oxenai==${version}`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.status !== 0 || !hasClient()) stop(1, `oxenai ${version} could not be installed.`);
}
console.log(python);
