/** Push, clone, fetch and pull between two repositories of ours over a server of ours, by the requests of stock peers. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createRemote } from '../../../src/api/remote.js';
import { Repository, type RepositoryOptions } from '../../../src/api/repository.js';
import { InlineJobs } from '../../../src/workers/inline.js';
import { type CountingProxy, startProxy } from '../../helpers/counting-proxy.js';
import { committed, read, steppingClock, temporaryDirectory } from '../../helpers/repository.js';
import { startTestServer } from '../../helpers/server.js';

const files = {
  'readme.md': '# cats\n',
  'empty.txt': '',
  'images/a.txt': 'a cat',
  'images/deep/er/b.txt': 'another cat',
  'ünïcode/ключ.txt': 'кот',
  'hollow/': '',
};

interface Place {
  readonly url: string;
  readonly proxy: CountingProxy;
  readonly directory: string;
}

/** Starts a server with an empty repository, and a proxy before it. */
async function emptyRemote(): Promise<Place> {
  const { server, directory } = await startTestServer();
  const proxy = await startProxy(server.port);
  const url = `${proxy.origin}/ada/cats`;
  await createRemote(url);
  proxy.reset();
  return { url, proxy, directory };
}

/** Makes a repository with the files above and pushes it. */
async function pushed(options: RepositoryOptions = {}): Promise<Place & { origin: Repository }> {
  const place = await emptyRemote();
  const origin = await committed(files, options);
  origin.setRemote('origin', place.url);
  await origin.push();
  return { ...place, origin };
}

async function cloneOf(url: string, path = join(temporaryDirectory(), 'copy')) {
  const { repository, result } = await Repository.clone(url, path, optionsOf(path));
  onTestFinished(() => repository.close());
  return { repository, result };
}

function optionsOf(path: string): RepositoryOptions {
  return {
    jobs: new InlineJobs(),
    clock: steppingClock(1_800_000_000),
    workingDirectory: path,
    retryCount: 0,
  };
}

test('a clone of a push has the same files, commits and ids, and is whole', async () => {
  const { origin, url } = await pushed();
  const { repository, result } = await cloneOf(url);
  expect(read(repository.root)).toEqual(read(origin.root));
  expect(existsSync(join(repository.root, 'hollow'))).toBe(true);
  expect([...repository.log()]).toEqual([...origin.log()]);
  expect(await repository.fingerprint()).toBe(await origin.fingerprint());
  expect(result).toMatchObject({ branch: 'main', fileCount: 5 });
  expect((await repository.fsck()).problems).toEqual([]);
  expect((await repository.status()).branch).toBe('main');
});
