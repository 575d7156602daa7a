/** The front page shows only what runs: its tour is run as written, and its links lead somewhere. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runShell } from '../helpers/run-oxen.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const readme = readFileSync('README.md', 'utf8');

test('the tour of the README works line by line', async () => {
  const tour = readme.match(/<!-- tour:.*?```sh\n(.*?)```/s)?.[1] ?? '';
  expect(tour).toContain('oxen init');
  const folder = temporaryDirectory();
  const run = await runShell(`set -eo pipefail\n${tour}`, {
    cwd: folder,
    environment: { HOME: folder },
  });
  expect(run.stderr).toBe('');
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toContain('modified: cow.txt');
});

test('the links of the README lead to files of the project', () => {
  const targets = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target = '']) => target);
  expect(targets.length).toBeGreaterThan(5);
  expect(targets.filter((target) => !existsSync(target))).toEqual([]);
});
