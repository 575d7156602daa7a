/**
 * The real command line and the real server, where their binaries are given: OXEN_CLI and OXEN_SERVER (docs/benchmarks.md says how
 * they are built). `verify` of the real program must find nothing in what we made but the ids of our commits, which cover the tree.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../../bench/commands/sync/server.js';
import { runOxen } from '../helpers/run-oxen.js';
import { listFiles, write, writeMixture } from './folders.js';
import { callClient, commitWithClient, makeHome, missingClient } from './real-client.js';
import { type ServedProcess, serve } from './served.js';

const realCli = process.env['OXEN_CLI'];
const realServer = process.env['OXEN_SERVER'];

/** One class of findings of `verify`. */
interface Findings {
  readonly count: number;
  readonly sample: readonly unknown[];
}

/** Returns what a report of `verify` found, class by class, without those that found nothing. */
function findingsOf(report: object): Record<string, Findings> {
  const classes = Object.entries(report).filter(([, value]) => typeof value === 'object');
  expect(classes).toHaveLength(9);
  return Object.fromEntries(classes.filter(([, { count }]) => count > 0));
}

/** Expects that all that `verify` found are the ids of these commits. */
function expectOnlyIds(report: object, ids: readonly string[]): void {
  const found = findingsOf(report);
  expect(Object.keys(found)).toEqual(['misaddressed_commits']);
  const sample = found['misaddressed_commits']?.sample as { recorded_id: string }[];
  expect(sample.map(({ recorded_id }) => recorded_id).sort()).toEqual([...ids].sort());
}

/** Makes a repository with two commits of ours, and returns their ids, the newest first. */
async function ourRepository(
  root: string,
  oxen: (cwd: string, ...words: string[]) => Promise<string>,
): Promise<string[]> {
  mkdirSync(root, { recursive: true });
  await oxen(root, 'init', '.');
  writeMixture(root, { small: 120, largeBytes: 21 * 1024 * 1024 });
  await oxen(root, 'add', '.');
  await oxen(root, 'commit', '-m', 'first');
  write(root, 'small/1/added.txt', 'later\n');
  await oxen(root, 'add', '.');
  await oxen(root, 'commit', '-m', 'second');
  const log = JSON.parse(await oxen(root, 'log', '--json')) as { commits: { id: string }[] };
  return log.commits.map(({ id }) => id);
}

function place(name: string) {
  const base = mkdtempSync(join(tmpdir(), name));
  const home = join(base, 'home');
  makeHome(home);
  const oxen = async (cwd: string, ...words: string[]): Promise<string> => {
    const run = await runOxen(words, { cwd, environment: { HOME: home } });
    if (run.exitCode !== 0) throw new Error(`oxen ${words.join(' ')}: ${run.stderr}`);
    return run.stdout;
  };
  const client = (cwd: string, ...words: [string, ...string[]]) => callClient(words, { cwd, home });
  return { base, home, oxen, client };
}

describe.skipIf(missingClient !== undefined || realCli === undefined)('the real verify', () => {
  const { base, home, oxen, client } = place('oxen-verify-');
  let server: ServedProcess;

  beforeAll(async () => {
    server = await serve(join(base, 'served'));
  });
  afterAll(async () => {
    await server.stop();
    rmSync(base, { recursive: true });
  });

  const verify = (cwd: string): object => {
    const options = { cwd, env: { ...process.env, HOME: home }, encoding: 'utf8' } as const;
    return JSON.parse(execFileSync(realCli ?? '', ['verify', '--json'], options));
  };

  test('finds nothing in a clone of what we pushed but the ids of our commits', async () => {
    const ours = join(base, 'ours');
    const ids = await ourRepository(ours, oxen);
    const url = `${server.url}/farm/verified`;
    await oxen(ours, 'create-remote', '--name', 'farm/verified', '--host', new URL(url).host);
    await oxen(ours, 'config', '--set-remote', 'origin', url);
    await oxen(ours, 'push');
    const real = join(base, 'real');
    client(base, 'clone_all', url, real);
    expect(listFiles(real)).toEqual(listFiles(ours));
    expectOnlyIds(verify(real), ids);

    write(real, 'names/by-the-real-client.txt', 'moo\n');
    commitWithClient('by the real client', { cwd: real, home });
    expectOnlyIds(verify(real), ids);
  });

  test('finds what is damaged, so that finding nothing means something', () => {
    const real = join(base, 'damaged');
    client(base, 'clone_all', `${server.url}/farm/verified`, real);
    rmSync(join(real, '.oxen/versions/files'), { recursive: true });
    expect(Object.keys(findingsOf(verify(real)))).toContain('missing_versions');
  });
});

describe.skipIf(missingClient !== undefined || realServer === undefined)('the real server', () => {
  const { base, home, oxen, client } = place('oxen-real-server-');
  const ours = join(base, 'ours');
  let server: RunningServer;
  let ids: string[];

  beforeAll(async () => {
    const served = join(base, 'served');
    mkdirSync(served);
    const program = {
      argv: (port: number) => [realServer ?? '', 'start', '-i', '127.0.0.1', '-p', String(port)],
      env: (folder: string) => ({ ...process.env, HOME: home, SYNC_DIR: folder }),
    };
    server = await startServer(program, served);
    ids = await ourRepository(ours, oxen);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(base, { recursive: true });
  });

  const url = () => `http://${server.address}/farm/shared`;

  test('takes what we push, and its verify finds nothing but the ids of our commits', async () => {
    await oxen(ours, 'create-remote', '--name', 'farm/shared', '--host', server.address);
    await oxen(ours, 'config', '--set-remote', 'origin', url());
    await oxen(ours, 'push');
    const answer = await fetch(`http://${server.address}/api/repos/farm/shared/verify`, {
      method: 'POST',
    });
    const { report } = (await answer.json()) as { report: object };
    expectOnlyIds(report, ids);
  });

  test('gives it to the real client, and what that pushes to us', async () => {
    const real = join(base, 'real');
    client(base, 'clone_to', url(), real);
    expect(listFiles(real)).toEqual(listFiles(ours));
    write(real, 'names/from-the-real-client.txt', 'moo\n');
    commitWithClient('by the real client', { cwd: real, home });
    client(real, 'push', 'main');
    await oxen(ours, 'pull');
    expect(listFiles(ours)).toEqual(listFiles(real));
  });

  test('gives everything to a clone of ours', async () => {
    const clone = join(base, 'clone');
    await oxen(base, 'clone', '--all', url(), clone);
    expect(listFiles(clone)).toEqual(listFiles(ours));
    expect(await oxen(clone, 'fsck')).toContain('No problems found.');
    write(clone, 'names/from-the-clone.txt', 'moo\n');
    await oxen(clone, 'add', '.');
    await oxen(clone, 'commit', '-m', 'from the clone');
    await oxen(clone, 'push');
    await oxen(ours, 'pull');
    expect(listFiles(ours)).toEqual(listFiles(clone));
  });
});
