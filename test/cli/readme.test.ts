/** The front page shows only what runs: its tour is run as written. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
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

test('the lines about sharing work as written', async () => {
  const tour = readme.match(/<!-- tour:.*?```sh\n(.*?)```/s)?.[1] ?? '';
  const lines = readme.match(/<!-- share:.*?```sh\n(.*?)```/s)?.[1] ?? '';
  expect(lines).toContain('oxen serve');
  const folder = temporaryDirectory();
  const port = String(await freePort());
  // The server is given a moment, and ended when the lines are done.
  const ready = `'${process.execPath}' -e '${untilHealthy(port)}'`;
  const share = lines.replaceAll('3000', port).replace(/&\n/, `& server=$!\n${ready}\n`);
  const script = `set -eo pipefail\n(${tour}) >/dev/null\n${share}\nkill -TERM $server\nwait $server`;
  const run = await runShell(script, { cwd: folder, environment: { HOME: folder } });
  expect(run.stderr).not.toContain('Error');
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toContain('push complete');
}, 120_000);

/** A program that ends when the server on this port answers. */
function untilHealthy(port: string): string {
  const attempt = `fetch("http://127.0.0.1:${port}/api/health").catch(() => {})`;
  return `(async () => { while (!(await ${attempt})?.ok); })()`;
}

/** Returns a port that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
