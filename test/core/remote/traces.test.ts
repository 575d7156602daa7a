/** Our requests beside those of real clients, recorded in front of a real server (test/compat/traces). */
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import type { CommitId, Hash } from '../../../src/core/model/hash.js';
import { type RepoPath, rootPath } from '../../../src/core/model/path.js';
import {
  createBranch,
  deleteBranch,
  findBranch,
  listBranches,
  moveBranch,
} from '../../../src/core/remote/branches.js';
import { findMissingCommits, findMissingFiles } from '../../../src/core/remote/commits.js';
import { downloadLargeFile } from '../../../src/core/remote/download-large.js';
import { downloadNodes, hasNode } from '../../../src/core/remote/download-nodes.js';
import { downloadVersions } from '../../../src/core/remote/download-versions.js';
import { findRepository, notifyAction } from '../../../src/core/remote/repository.js';
import { uploadLargeVersion } from '../../../src/core/remote/upload-large.js';
import { uploadDirHashes, uploadNodes } from '../../../src/core/remote/upload-nodes.js';
import { uploadVersions } from '../../../src/core/remote/upload-versions.js';
import { readTar } from '../../../src/core/wire/archive/read.js';
import { writeVersionArchive } from '../../../src/core/wire/archive/versions.js';
import { writeTar } from '../../../src/core/wire/archive/write.js';
import { boundaryOf } from '../../../src/core/wire/form/part-headers.js';
import { readForm } from '../../../src/core/wire/form/read.js';
import { collect, openClient } from '../../helpers/remote-client.js';
import {
  type Exchange,
  type RecordedRequest,
  scriptedServer,
} from '../../helpers/scripted-server.js';

interface Recorded {
  readonly source: string;
  readonly seq: number;
  readonly route: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly status: number;
  readonly request?: string;
  readonly response?: string;
  readonly requestShape?: {
    readonly parts_total?: number;
    readonly tar_first?: readonly string[];
    readonly tar_entries?: number;
  };
}

const url = new URL('../../compat/traces/requests.jsonl', import.meta.url);
const recorded = readFileSync(url, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Recorded)
  .filter(({ source }) => source === 'real-p0.jsonl');

function flow(from: number, to: number): Recorded[] {
  return recorded.filter(({ seq }) => seq >= from && seq <= to);
}

function lineOf({ method, path, query }: Recorded): string {
  return `${method} ${path}${query === '' ? '' : `?${query}`}`;
}

/** A server that answers as the real one did, and a client of it. */
async function replay(steps: readonly Recorded[], answers: Record<number, Uint8Array> = {}) {
  const server = await scriptedServer((exchange: Exchange) => {
    const step = steps[exchange.number];
    const body = answers[step?.seq ?? -1] ?? step?.response ?? '';
    return exchange.bytes(step?.status ?? 500, body);
  });
  const remote = { ...server.remote, namespace: 'ox', name: 't1' };
  return { server, client: await openClient(remote, { jobs: 1, retryCount: 0 }) };
}

function expectSame(requests: readonly RecordedRequest[], steps: readonly Recorded[]): void {
  const lines = requests.map(({ method, target }) => `${method} ${target}`);
  expect(lines).toEqual(steps.map(lineOf));
  requests.forEach((request, index) => {
    const expected = steps[index]?.request;
    if (expected !== undefined) {
      expect(JSON.parse(String(request.body))).toEqual(JSON.parse(expected));
    }
  });
}

function contents(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const bytes = Buffer.from(`file ${index}`);
    return { hash: hashBytes(bytes), sizeBytes: bytes.length, read: async () => bytes };
  });
}

test('a first push makes the requests of the real client', async () => {
  const steps = flow(4, 14);
  const { client, server } = await replay(steps);
  const commitId = '70c23c9a788098aeff64995742624c13' as CommitId;
  const branch = { name: 'main', commitId };
  await findRepository(client);
  await notifyAction(client, 'started', 'push', branch);
  expect(await findBranch(client, 'main')).toBeUndefined();
  expect(await listBranches(client)).toEqual([]);
  expect(await findMissingCommits(client, [commitId])).toEqual([commitId]);
  await uploadVersions(client, contents(22));
  const ids = ['70c23c9a788098aeff64995742624c13', '4ebf662010024ad76f5301b86b389a60'] as Hash[];
  const node = (size: number) => new Uint8Array(size);
  await uploadNodes(client, () => [
    { id: ids[0] ?? commitId, blobs: { node: node(133), children: node(88) } },
    { id: ids[1] ?? commitId, blobs: { node: node(90), children: node(224) } },
  ]);
  await uploadDirHashes(client, commitId, () => [{ path: rootPath, hash: commitId }]);
  expect(await createBranch(client, 'main', commitId)).toEqual(branch);
  await notifyAction(client, 'completed', 'push', branch);
  expectSame(server.requests, steps);

  const [versions, nodes, dirHashes] = server.requests.slice(5, 8);
  const parts = await collect(
    readForm(
      [versions?.body ?? ''].map((body) => Buffer.from(body)),
      boundaryOf(versions?.headers['content-type']),
    ),
  );
  expect(parts.length).toBe(steps[5]?.requestShape?.parts_total);
  expect(await entriesOf(nodes)).toEqual(steps[6]?.requestShape?.tar_first?.slice(0, 6));
  const sent = await entriesOf(dirHashes);
  const real = steps[7]?.requestShape?.tar_first ?? [];
  // Times, owners and the upper bits of modes are not compared; the files are those that a reader of RocksDB needs.
  const names = (entries: readonly string[]) => entries.map((entry) => entry.split(' ')[1]);
  for (const name of names(sent)) expect(names(real)).toContain(name);
});

async function entriesOf(request: RecordedRequest | undefined): Promise<string[]> {
  const entries: string[] = [];
  for await (const entry of readTar([gunzipSync(request?.body ?? '')])) {
    const mode = entry.kind === 'file' ? '0o644' : '0o755';
    entries.push(
      `${entry.kind === 'file' ? 'f' : 'd'} ${entry.parts.join('/')} ${entry.sizeBytes} mode=${mode}`,
    );
  }
  return entries;
}

test('a branch is looked at, moved and deleted as the real client does', async () => {
  const steps = [...flow(17, 17), ...flow(22, 22), ...flow(197, 198)];
  const { client, server } = await replay(steps);
  const before = await findBranch(client, 'main');
  const commitId = '34888f622a05823186e4c64f90fab617' as CommitId;
  expect(before?.commitId).toBe('70c23c9a788098aeff64995742624c13');
  expect(await moveBranch(client, 'main', { commitId, expected: 'any' })).toEqual({
    name: 'main',
    commitId,
  });
  expect((await findBranch(client, 'cbr'))?.name).toBe('cbr');
  await deleteBranch(client, 'cbr');
  expectSame(server.requests, steps);
});

test('a large file goes in the parts of the real client', async () => {
  const steps = flow(32, 35);
  const [begin, first] = steps;
  const server = await scriptedServer((exchange) =>
    exchange.number === 0
      ? exchange.bytes(200, begin?.response ?? '')
      : exchange.success({ completed: exchange.number === 3 }),
  );
  const client = await openClient({ ...server.remote, namespace: 'ox', name: 't1' }, { jobs: 1 });
  await uploadLargeVersion(client, {
    hash: '6496c9c8f3f37aa9f42609e11bfa0de8' as Hash,
    sizeBytes: 26_214_523,
    read: async function* (_, lengthBytes) {
      yield new Uint8Array(lengthBytes);
    },
  });
  expectSame(
    server.requests.slice(0, 2),
    [begin, first].flatMap((step) => step ?? []),
  );
  expect(server.lines().at(-1)).toBe(lineOf(steps.at(-1) ?? recordedNothing));
  expect(server.requests.map(({ body }) => body.length).slice(1)).toEqual([
    10_485_760, 10_485_760, 5_243_003,
  ]);
});

const recordedNothing: Recorded = {
  source: '',
  seq: 0,
  route: '',
  method: '',
  path: '',
  query: '',
  status: 0,
};

async function archive(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return gzipSync(Buffer.concat(await collect(pieces)));
}

test('a clone makes the requests of the real client', async () => {
  const steps = flow(51, 62).filter(({ route }) => route !== 'downloadDirHashes');
  const [content] = contents(1);
  if (content === undefined) throw new Error('no content');
  const range = Buffer.alloc(10_485_760);
  const { client, server } = await replay(steps, {
    55: await archive(writeTar([])),
    57: await archive(writeVersionArchive([{ ...content, content: await content.read() }])),
    58: range,
  });
  const head = '4c0583e3663aecc8e9b84210ac5dbe6d' as CommitId;
  await notifyAction(client, 'started', 'clone');
  await notifyAction(client, 'started', 'fetch');
  await collect(downloadNodes(client, { base: undefined, head }));
  await downloadVersions(client, [content], async (version) => void (await version.readAll()));
  const file = {
    hash: hashBytes(range),
    sizeBytes: range.length,
    commitId: head,
    path: 'big.bin' as RepoPath,
  };
  await collect(downloadLargeFile(client, file));
  await notifyAction(client, 'completed', 'fetch');
  await notifyAction(client, 'completed', 'clone');
  expectSame(server.requests, steps);
  expect(String(gunzipSync(server.requests[3]?.body ?? ''))).toBe(`${content.hash}\n`);
});

test('a pull makes the requests of the real client', async () => {
  const left = new Set(['downloadVersions', 'downloadDirHashes']);
  const steps = flow(87, 93).filter(({ route }) => !left.has(route));
  const empty = await archive(writeTar([]));
  const { client, server } = await replay(steps, { 90: empty });
  const base = '4c0583e3663aecc8e9b84210ac5dbe6d' as CommitId;
  const head = '6344cf71745480b2725b89e1a23a496e' as CommitId;
  await notifyAction(client, 'started', 'pull');
  expect(await hasNode(client, base)).toBe(true);
  await collect(downloadNodes(client, { base, head }));
  await notifyAction(client, 'completed', 'pull');
  expectSame(server.requests, steps);
});

test('a push that repairs asks as the real client does', async () => {
  const steps = flow(277, 277);
  const { client, server } = await replay(steps);
  const head = '739dd62bb99297d810965bf0b487f364' as CommitId;
  expect(await findMissingFiles(client, { head })).toEqual([]);
  expectSame(server.requests, steps);
});
