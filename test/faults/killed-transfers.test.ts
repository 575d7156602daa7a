/**
 * Pushes and clones that are killed, at points spread evenly over the bytes that they exchange with the server: running the same
 * command again succeeds, and nothing is damaged on either side.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createRemote } from '../../src/api/remote.js';
import { Repository } from '../../src/api/repository.js';
import { noise } from '../core/store/version-store-contract.js';
import { commitAll, committed, read, temporaryDirectory } from '../helpers/repository.js';
import { oxenLauncher } from '../helpers/run-oxen.js';
import { startTestServer } from '../helpers/server.js';
import { cloneOf, optionsOf } from '../helpers/shared-repository.js';

const kills = 25;
const configDir = fileURLToPath(new URL('../fixtures/config', import.meta.url));

/** A line to the server that is cut after so many bytes. */
interface Line {
  readonly origin: string;
  passedBytes: number; // in both directions
  cutAfter: number;
  onCut: () => void;
}

async function startLine(port: number): Promise<Line> {
  const line: Line = { origin: '', passedBytes: 0, cutAfter: Infinity, onCut: () => undefined };
  const server = createServer((client) => {
    const target = connect(port, '127.0.0.1');
    const ends = [client, target] as const;
    for (const [from, to] of [ends, [target, client] as const]) {
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.on('data', (bytes: Uint8Array) => {
        line.passedBytes += bytes.length;
        if (line.passedBytes < line.cutAfter) to.write(bytes);
        else line.onCut();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return Object.assign(line, {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
}

/** Runs the program; it is killed when the line has passed so many bytes. Returns its exit code, null when it was killed. */
async function run(line: Line, cutAfter: number, cwd: string, ...words: string[]) {
  line.passedBytes = 0;
  line.cutAfter = cutAfter;
  const child = spawn(process.execPath, [oxenLauncher, ...words], {
    cwd,
    env: { ...process.env, OXEN_CONFIG_DIR: configDir },
    stdio: 'ignore',
  });
  line.onCut = () => child.kill('SIGKILL');
  const [code] = await once(child, 'exit');
  line.cutAfter = Number.POSITIVE_INFINITY;
  return code as number | null;
}

function cuts(totalBytes: number): number[] {
  return Array.from({ length: kills }, (_, index) => (totalBytes * (index + 0.5)) / kills);
}

/** A repository with small files, a large one, and a second commit. */
async function origin(): Promise<Repository> {
  const small = Array.from({ length: 200 }, (_, index) => [
    `d${index % 7}/${index}.txt`,
    `moo ${index}`,
  ]);
  const made = await committed({ ...Object.fromEntries(small), 'large.bin': noise(5_000_000, 1) });
  await commitAll(made, 'second', { 'd1/new.txt': 'new', 'd0/0.txt': null });
  return made;
}

async function expectWhole(root: string, head: string | undefined): Promise<void> {
  const served = await Repository.open(root, optionsOf(root));
  expect(served.branchCommit('main')).toBe(head);
  expect((await served.fsck()).problems).toEqual([]);
  await served.close();
}

test(`a push that is killed at ${kills} points works when it is run again`, async () => {
  const { server, directory } = await startTestServer();
  const line = await startLine(server.port);
  const made = await origin();
  const head = made.branchCommit('main');
  const connectTo = async (name: string) => {
    await createRemote(`${line.origin}/ada/${name}`);
    made.setRemote(name, `${line.origin}/ada/${name}`);
  };
  await connectTo('whole');
  expect(await run(line, Number.POSITIVE_INFINITY, made.root, 'push', 'whole', 'main')).toBe(0);
  for (const [index, cutAfter] of cuts(line.passedBytes).entries()) {
    const name = `cut-${index}`;
    await connectTo(name);
    expect(await run(line, cutAfter, made.root, 'push', name, 'main')).toBe(null);
    await made.push({ remote: name, branch: 'main' });
    await expectWhole(join(directory, 'ada', name), head);
  }
  expect((await made.fsck()).problems).toEqual([]);
}, 600_000);

test(`a clone that is killed at ${kills} points works when it is run again`, async () => {
  const { server, url } = await startTestServer();
  const line = await startLine(server.port);
  const made = await origin();
  await createRemote(url('ada/cats'));
  made.setRemote('origin', url('ada/cats'));
  await made.push();
  const remote = `${line.origin}/ada/cats`;
  const root = temporaryDirectory();
  expect(await run(line, Number.POSITIVE_INFINITY, root, 'clone', remote, 'whole')).toBe(0);
  for (const [index, cutAfter] of cuts(line.passedBytes).entries()) {
    const path = join(root, `cut-${index}`);
    expect(await run(line, cutAfter, root, 'clone', remote, path)).toBe(null);
    const { repository } = await cloneOf(remote, path, { offersFast: true });
    expect(read(path)).toEqual(read(made.root));
    expect((await repository.fsck()).problems).toEqual([]);
  }
}, 600_000);
