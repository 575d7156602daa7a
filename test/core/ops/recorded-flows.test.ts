/**
 * Our client with the fast path off makes the requests of the recorded stock clients (test/compat/traces/flows.json): the same methods,
 * paths, order and forms of bodies. Where it differs on purpose, `adapted` says how; nothing else may.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { createRemote } from '../../../src/api/remote.js';
import { Repository } from '../../../src/api/repository.js';
import { download } from '../../../src/api/transfer.js';
import type { RepoPath } from '../../../src/core/model/path.js';
import { readTar } from '../../../src/core/wire/archive/read.js';
import { lyingServer } from '../../helpers/lying-server.js';
import { commitAll, committed, temporaryDirectory, write } from '../../helpers/repository.js';
import type { RecordedRequest, ScriptedServer } from '../../helpers/scripted-server.js';
import { startTestServer } from '../../helpers/server.js';
import { cloneOf, optionsOf } from '../../helpers/shared-repository.js';

interface Flow {
  readonly flow: string;
  readonly requests: readonly string[];
}

const flows = JSON.parse(
  readFileSync(new URL('../../compat/traces/flows.json', import.meta.url), 'utf8'),
) as Flow[];

/** What the recorded client asks for and ours does not. */
const notAsked = [
  /^GET \/api\/(min_)?version /, // a server that is too old or too new is found out by its answers
  /download_dir_hashes_db/, // made from the nodes
  /^GET R\/chunk\//, // a clone gets contents of any size by their hash
];

/** Returns the recorded requests as ours are expected to be. */
function adapted(name: string): string[] {
  const recorded = flows.find(({ flow }) => flow === name)?.requests ?? [];
  const kept = recorded.filter((line) => !notAsked.some((pattern) => pattern.test(line)));
  const isFirstLook = (line: string, index: number) =>
    line !== 'GET R | none' || kept.indexOf(line) === index; // the recorded one looks twice
  return withoutRepeats(
    kept
      .filter(isFirstLook)
      .filter((line) => name !== 'cli_fetch' || !/^GET R\/branches\//.test(line)) // the list says it all
      .map((line) =>
        line.replace(/^(PUT R\/branches.*) commit_id$/, '$1 commit_id expected_commit_id'),
      )
      .map((line) => line.replace('?depth=1&subtrees=img', '?depth=-1&subtrees=')), // the whole tree of the commit
  );
}

/** As many commits, as many equal questions. */
function withoutRepeats(lines: readonly string[]): string[] {
  return lines.filter((line, index) => line !== lines[index - 1]);
}

async function made(requests: readonly RecordedRequest[]): Promise<string[]> {
  const lines: string[] = [];
  for (const { method, target, body } of requests) {
    // Our server can make directory hashes itself; here it says that it cannot, as old stock servers do.
    if (target.includes('/fsck/rebuild-dir-hashes')) continue;
    const path = target
      .replace(/^\/api\/repos\/ox\/t1/, 'R')
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')
      .replace(/[0-9a-f]{24,32}/g, 'ID');
    lines.push(`${method} ${path} | ${await formOf(body)}`);
  }
  return withoutRepeats(lines);
}

async function formOf(body: Buffer): Promise<string> {
  if (body.length === 0) return 'none';
  if (body[0] === 0x1f && body[1] === 0x8b) return formOfGzip(gunzipSync(body));
  if (body.subarray(0, 2).toString() === '--') {
    const head = body.subarray(0, body.indexOf('\r\n\r\n')).toString().split('\r\n').slice(1);
    return `form ${head.join('; ').replace(/filename="[0-9a-f]+"/, 'filename="ID"')}`;
  }
  if (body[0] === 0x7b) {
    return `json ${Object.keys(JSON.parse(String(body)) as object)
      .sort()
      .join(' ')}`;
  }
  return 'bytes';
}

async function formOfGzip(bytes: Buffer): Promise<string> {
  if (/^([0-9a-f]+\n)+$/.test(bytes.toString('latin1'))) return 'gzip of lines';
  const names: string[] = [];
  for await (const entry of readTar([bytes])) names.push(entry.parts.join('/'));
  const [first = ''] = names;
  if (first.startsWith('history/')) {
    return `tar.gz ${first.split('/').slice(0, 3).join('/')}`.replace(/[0-9a-f]{24,32}/, 'ID');
  }
  const layout = names.slice(0, 3).map((name) => name.replace(/^\w{3}\/\w+/, 'ppp/rest'));
  return `tar.gz ${layout.join(' ')}`;
}

/** A repository with two directories, and a server that writes down what it is asked. */
async function begin(): Promise<{ server: ScriptedServer; url: string; origin: Repository }> {
  const honest = await startTestServer();
  const server = await lyingServer(
    `http://127.0.0.1:${honest.server.port}`,
    async ({ request, json }) => {
      if (!request.target.includes('/fsck/rebuild-dir-hashes')) return false;
      await json(404, { status: 'error', status_message: 'resource_not_found' });
      return true;
    },
  );
  const origin = await committed({ 'README.md': '# cows', 'img/a.txt': 'a', 'data/b.csv': 'b' });
  const url = `${server.origin}/ox/t1`;
  origin.setRemote('origin', url);
  return { server, url, origin };
}

/** Runs `work` and compares what it asked with a recorded flow. */
async function expectFlow(
  server: ScriptedServer,
  name: string,
  work: () => Promise<unknown>,
): Promise<void> {
  server.requests.length = 0;
  await work();
  expect(await made(server.requests), name).toEqual(adapted(name));
}

test('pushes are those of the recorded clients', async () => {
  const { server, url, origin } = await begin();
  server.requests.length = 0;
  await createRemote(url);
  const [, create] = flows.find(({ flow }) => flow === 'create')?.requests ?? [];
  expect(await made(server.requests)).toEqual([create]);
  await expectFlow(server, 'first_push', () => origin.push());
  await commitAll(origin, 'second', { 'img/a.txt': 'A' });
  await expectFlow(server, 'incr_push', () => origin.push());
  await expectFlow(server, 'noop_push', () => origin.push());
  const large = Buffer.alloc(26_214_523, 'a herd of cows ');
  write(origin.root, { 'large.bin': large });
  await commitAll(origin, 'large', {});
  await expectFlow(server, 'big_push', () => origin.push());
  await expectFlow(server, 'cli_push_missing', () => origin.pushMissing());
  await expectFlow(server, 'cli_push_revalidate', () =>
    origin.pushMissing(undefined, { revalidate: true }),
  );
  await origin.checkoutNewBranch('feat');
  await commitAll(origin, 'feature', { 'feat.txt': 'f' });
  await expectFlow(server, 'branch_push', () => origin.push());
  await origin.checkoutNewBranch('cbr');
  await origin.push();
  const target = { remote: 'origin', branch: 'cbr' };
  await expectFlow(server, 'cli_delete_branch', () => origin.pushDelete(target));
});

test('clones, fetches, pulls and downloads are those of the recorded clients', async () => {
  const { server, url, origin } = await begin();
  await createRemote(url);
  await origin.push();
  const path = join(temporaryDirectory(), 'copy');
  await expectFlow(server, 'clone', async () => {
    const { repository } = await Repository.clone(url, path, optionsOf(path));
    await repository.close();
  });
  const clone = await Repository.open(path, optionsOf(path));
  onTestFinished(() => clone.close());
  const part = { subtrees: ['img' as RepoPath], depth: 1 };
  await expectFlow(server, 'cli_clone_filter', () => cloneOf(url, undefined, { part }));
  await commitAll(origin, 'second', { 'img/a.txt': 'A' });
  await origin.push();
  await expectFlow(server, 'pull', () => clone.pull());
  await expectFlow(server, 'pull_noop', () => clone.pull());
  await commitAll(origin, 'third', { 'img/a.txt': 'AA' });
  await origin.push();
  await expectFlow(server, 'cli_fetch', () => clone.fetch());
  const here = temporaryDirectory();
  const wanted = { paths: ['README.md'] };
  await expectFlow(server, 'cli_download', () => download(url, wanted, optionsOf(here)));
});

test('a push that is refused, and one by force, are those of the recorded clients', async () => {
  const { server, url, origin } = await begin();
  await createRemote(url);
  await origin.push();
  const { repository } = await cloneOf(url);
  await commitAll(repository, 'theirs', { 'theirs.txt': 't' });
  await repository.push();
  await commitAll(origin, 'ours', { 'ours.txt': 'o' });
  await expectFlow(server, 'diverge_push_b', () => origin.push().catch(() => undefined));
  await expectFlow(server, 'cli_push_force', () => origin.push(undefined, { force: true }));
});
