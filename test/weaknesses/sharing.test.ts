/** Rows of the lists of weaknesses about archives and servers (docs/weaknesses.md). */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Repository } from '../../src/api/repository.js';
import { commitAll, committed, read, temporaryDirectory } from '../helpers/repository.js';
import { testServer } from '../helpers/served.js';

test('weakness 3.13: an archive is a stream, and HEAD comes back as it was', async () => {
  const made = await committed({ a: '1' });
  await made.checkoutNewBranch('trunk');
  await commitAll(made, 'second', { a: '2', 'd/b': 'b' });
  const archive = made.archive();
  const pieces = async function* () {
    for await (const piece of archive.pieces) {
      expect(piece.length).toBeLessThan(1 << 22);
      yield piece;
    }
  };
  const place = join(temporaryDirectory(), 'loaded');
  const { repository } = await Repository.load(pieces(), place);
  expect(repository.currentBranch()).toBe('trunk');
  expect(repository.resolve('HEAD')).toBe(made.resolve('HEAD'));
  expect(read(place)).toEqual({ a: '2', 'd/b': 'b' });
  await repository.close();
});

test('weakness 3.16: a server can ask for a token', async () => {
  await using server = await testServer({ needsToken: true });
  const body = JSON.stringify({ namespace: 'farm', name: 'cows' });
  expect((await server.request('POST', '/api/repos', { body })).status).toBe(401);
  const headers = { authorization: 'Bearer wrong' };
  expect((await server.request('POST', '/api/repos', { body, headers })).status).toBe(401);
});
