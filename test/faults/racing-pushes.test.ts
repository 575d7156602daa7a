/**
 * Sixteen clients push to one branch at the same time, round after round: each time one of them wins and the others are told so.
 * OXEN_RACE_ROUNDS asks for another number of rounds.
 */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Repository } from '../../src/api/repository.js';
import type { CommitId } from '../../src/core/model/hash.js';
import { branchRef } from '../../src/core/store/ref-names.js';
import { ada, temporaryDirectory } from '../helpers/repository.js';
import { cloneOf, optionsOf, pushed } from '../helpers/shared-repository.js';

const clientCount = 16;
const rounds = Number(process.env['OXEN_RACE_ROUNDS'] ?? 50);

/** Puts the branch of a client on a commit with the same files as before. */
function adopt({ stores }: Repository, commitId: CommitId): void {
  const name = branchRef('main');
  stores.environment.transaction(() => {
    stores.refs.compareAndSwap({ name, expected: stores.refs.read(name), next: commitId });
    stores.setCheckedOutCommit(commitId);
  });
}

test('of clients that push to one branch at once exactly one wins a round, and no update is lost', async () => {
  const { url, directory } = await pushed();
  const root = temporaryDirectory();
  const names = Array.from({ length: clientCount }, (_, index) => `client-${index}`);
  const clients: Repository[] = [];
  for (const name of names) {
    clients.push((await cloneOf(url, join(root, name), { offersFast: true })).repository);
  }
  const served = join(directory, 'ada', 'cats');
  const server = await Repository.open(served, optionsOf(served));
  onTestFinished(() => server.close());
  const winners: CommitId[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = server.branchCommit('main');
    const commits = await Promise.all(
      clients.map(async (client, index) => {
        if (before !== undefined && client.branchCommit('main') !== before) {
          await client.fetch();
          adopt(client, before);
        }
        return client.commit(`round ${round} of ${names[index]}`, ada, { allowEmpty: true });
      }),
    );
    const pushes = await Promise.allSettled(clients.map((client) => client.push()));
    const won = pushes.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
    expect(won).toHaveLength(1);
    for (const push of pushes) {
      if (push.status === 'rejected') {
        expect(push.reason).toMatchObject({ exitCode: 4, hint: expect.stringContaining('pull') });
      }
    }
    const winner = commits[won[0] ?? 0];
    expect(winner?.parentIds).toEqual([before]);
    server.stores.environment.refresh();
    expect(server.branchCommit('main')).toBe(winner?.id);
    if (winner !== undefined) winners.push(winner.id);
  }
  const history = [...server.log()].map(({ id }) => id);
  expect(history.slice(0, rounds)).toEqual(winners.reverse());
  expect((await server.fsck()).problems).toEqual([]);
}, 600_000);
