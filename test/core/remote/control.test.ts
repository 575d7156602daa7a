/** The short requests: repository, branches, commits, entries. */
import { expect, test } from 'vitest';
import { ConflictError, RemoteError } from '../../../src/core/model/errors.js';
import type { CommitId } from '../../../src/core/model/hash.js';
import { parseHash } from '../../../src/core/model/hash.js';
import type { CommitNode } from '../../../src/core/model/node.js';
import { parseRepoPath } from '../../../src/core/model/path.js';
import {
  createBranch,
  deleteBranch,
  findBranch,
  listBranches,
  moveBranch,
} from '../../../src/core/remote/branches.js';
import {
  findCommit,
  findMissingCommits,
  findMissingFiles,
} from '../../../src/core/remote/commits.js';
import { findEntry, readRemoteFile } from '../../../src/core/remote/content.js';
import {
  createRepository,
  deleteRepository,
  findRepository,
  notifyAction,
} from '../../../src/core/remote/repository.js';
import { commitToJson } from '../../../src/core/wire/messages/commits.js';
import { absent, clientOf, collect, failureOf } from '../../helpers/remote-client.js';

const one = parseHash('1a2b') as CommitId;
const two = parseHash('ffee') as CommitId;
const moved = {
  status: 'error',
  status_message: 'conflict',
  error: { type: 'branch_head_mismatch', title: 'Branch has moved' },
};

function commit(id: CommitId): CommitNode {
  const timestamp = { seconds: 1_700_000_000, nanoseconds: 5 };
  return { id, parentIds: [], message: 'm', author: 'a', email: 'e', timestamp };
}

test('looks at a repository, and at one that is not there', async () => {
  const repository = { namespace: 'ada', name: 'cats', is_empty: true, storage_kind: 'local' };
  const { client } = await clientOf((exchange) =>
    exchange.number === 0 ? exchange.success({ repository }) : exchange.json(404, absent),
  );
  expect(await findRepository(client)).toMatchObject({ name: 'cats', isEmpty: true });
  expect(await findRepository(client)).toBeUndefined();
});

test('makes and deletes a repository as the stock client does', async () => {
  const { client, server } = await clientOf((exchange) => exchange.success());
  await createRepository(client);
  await deleteRepository(client);
  expect(server.lines()).toEqual(['POST /api/repos', 'DELETE /api/repos/ada/cats']);
  expect(server.requests[0]?.headers['content-type']).toBe('application/json');
  expect(JSON.parse(String(server.requests[0]?.body))).toMatchObject({
    namespace: 'ada',
    name: 'cats',
    host: client.remote.host,
    scheme: 'http',
    files: null,
  });
});

test('says that a repository exists already', async () => {
  const { client } = await clientOf((exchange) =>
    exchange.json(409, { status: 'error', status_message: 'Repo already exists.' }),
  );
  expect(await failureOf(createRepository(client))).toBeInstanceOf(ConflictError);
});

test('sends hooks once and does not mind what comes back', async () => {
  const { client, server } = await clientOf(async (exchange) => {
    if (exchange.number === 0) await exchange.bytes(500, 'oops');
    else exchange.response.destroy();
  });
  await notifyAction(client, 'started', 'push', { name: 'main', commitId: one });
  await notifyAction(client, 'completed', 'push');
  expect(server.lines()).toEqual([
    'POST /api/repos/ada/cats/action/started/push',
    'POST /api/repos/ada/cats/action/completed/push',
  ]);
  expect(String(server.requests[0]?.body)).toBe('{"branch":{"name":"main","commit_id":"1a2b"}}');
});

test('lists and finds branches, whose names may contain slashes', async () => {
  const branch = { name: 'a/b', commit_id: '1a2b' };
  const { client, server } = await clientOf((exchange) =>
    exchange.success({ branch, branches: [branch] }),
  );
  expect(await listBranches(client)).toEqual([{ name: 'a/b', commitId: one }]);
  expect(await findBranch(client, 'a/b')).toEqual({ name: 'a/b', commitId: one });
  expect(server.lines()[1]).toBe('GET /api/repos/ada/cats/branches/a/b');
});

test('makes and moves branches with the bodies of the stock client', async () => {
  const { client, server } = await clientOf((exchange) =>
    exchange.success({ branch: { name: 'main', commit_id: '1a2b' } }),
  );
  await createBranch(client, 'main', one);
  await moveBranch(client, 'main', { commitId: one, expected: 'any' });
  await moveBranch(client, 'main', { commitId: one, expected: two });
  const bodies = server.requests.map((request) => String(request.body));
  expect(bodies).toEqual([
    '{"new_name":"main","commit_id":"1a2b"}',
    '{"commit_id":"1a2b"}',
    '{"commit_id":"1a2b","expected_commit_id":"ffee"}',
  ]);
});

test('tells that a branch moved', async () => {
  const { client, server } = await clientOf((exchange) => exchange.json(409, moved));
  const failure = await failureOf(moveBranch(client, 'main', { commitId: one, expected: two }));
  expect(failure).toBeInstanceOf(ConflictError);
  expect(server.requests).toHaveLength(1);
});

test('takes a move for done when its answer was lost and the branch is where it should be', async () => {
  const { client, server } = await clientOf(async (exchange) => {
    if (exchange.number === 0) exchange.response.destroy();
    else if (exchange.number === 1) await exchange.json(409, moved);
    else await exchange.success({ branch: { name: 'main', commit_id: '1a2b' } });
  });
  expect(await moveBranch(client, 'main', { commitId: one, expected: two })).toEqual({
    name: 'main',
    commitId: one,
  });
  expect(server.requests.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'GET']);
});

test('does not take it for done when another move won', async () => {
  const { client } = await clientOf(async (exchange) => {
    if (exchange.number === 0) exchange.response.destroy();
    else if (exchange.number === 1) await exchange.json(409, moved);
    else await exchange.success({ branch: { name: 'main', commit_id: '77' } });
  });
  const failure = await failureOf(moveBranch(client, 'main', { commitId: one, expected: two }));
  expect(failure).toBeInstanceOf(ConflictError);
});

test('takes a branch for deleted when the answer was lost and it is gone', async () => {
  const { client } = await clientOf(async (exchange) => {
    if (exchange.number === 0) exchange.response.destroy();
    else await exchange.json(404, absent);
  });
  await deleteBranch(client, 'old');
});

test('asks for missing commits in bodies that stock servers take', async () => {
  const { client, server } = await clientOf(async (exchange) => {
    const { hashes } = JSON.parse(String(await exchange.readBody())) as { hashes: string[] };
    await exchange.success({ hashes: hashes.slice(0, 1) });
  });
  const ids = Array.from({ length: 15_000 }, (_, index) =>
    parseHash((2n ** 127n + BigInt(index)).toString(16)),
  ) as CommitId[];
  expect(await findMissingCommits(client, ids)).toEqual([ids[0], ids[7000], ids[14_000]]);
  for (const { body } of server.requests) expect(body.length).toBeLessThanOrEqual(262_144);
});

test('refuses missing commits that were not asked for', async () => {
  const { client } = await clientOf((exchange) => exchange.success({ hashes: ['ffee'] }));
  expect(await failureOf(findMissingCommits(client, [one]))).toBeInstanceOf(RemoteError);
});

test('asks for the missing files of a commit', async () => {
  const entry = { path: 'a.txt', hash: 'ab', num_bytes: 3, commit_id: '1a2b' };
  const { client, server } = await clientOf((exchange) => exchange.success({ entries: [entry] }));
  expect(await findMissingFiles(client, { head: one })).toEqual([
    { path: 'a.txt', hash: 'ab', sizeBytes: 3, commitId: one },
  ]);
  expect(server.lines()).toEqual(['GET /api/repos/ada/cats/commits/missing_files?head=1a2b']);
});

test('finds commits by id', async () => {
  const { client } = await clientOf((exchange) =>
    exchange.number === 0
      ? exchange.success({ commit: commitToJson(commit(one)) })
      : exchange.json(404, absent),
  );
  expect(await findCommit(client, one)).toEqual(commit(one));
  expect(await findCommit(client, two)).toBeUndefined();
});

const entry = {
  filename: 'b c.txt',
  hash: 'ab',
  is_dir: false,
  size: 3,
  data_type: 'text',
  mime_type: 'text/plain',
};

test('reads entries and files at paths with odd names', async () => {
  const { client, server } = await clientOf((exchange) =>
    exchange.number < 1 ? exchange.success({ entry }) : exchange.bytes(200, 'abc'),
  );
  const path = parseRepoPath('a?/100%/b c.txt');
  expect(await findEntry(client, 'main', path)).toMatchObject({ name: 'b c.txt', sizeBytes: 3 });
  const bytes = Buffer.concat(await collect(readRemoteFile(client, 'main', path, 10)));
  expect(String(bytes)).toBe('abc');
  expect(server.lines()).toEqual([
    'GET /api/repos/ada/cats/meta/main/a%3F/100%25/b%20c.txt',
    'GET /api/repos/ada/cats/file/main/a%3F/100%25/b%20c.txt',
  ]);
});
