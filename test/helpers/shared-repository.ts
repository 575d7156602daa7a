/** A repository of ours on a server of ours in this process, and clones of it. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RepositoryOptions } from '../../src/api/options.js';
import { createRemote } from '../../src/api/remote.js';
import { Repository } from '../../src/api/repository.js';
import type { CloneOptions } from '../../src/core/ops/clone.js';
import { InlineJobs } from '../../src/workers/inline.js';
import { type CountingProxy, startProxy } from './counting-proxy.js';
import { committed, steppingClock, temporaryDirectory } from './repository.js';
import { startTestServer } from './server.js';

/** What the first commit of `pushed` holds. */
export const files = {
  'readme.md': '# cats\n',
  'empty.txt': '',
  'images/a.txt': 'a cat',
  'images/deep/er/b.txt': 'another cat',
  'ünïcode/ключ.txt': 'кот',
  'hollow/': '',
};

/** An empty repository on a server, and a proxy before it. */
export interface Place {
  readonly url: string;
  readonly proxy: CountingProxy;
  readonly directory: string;
}

/** Starts a server with an empty repository, and a proxy before it. */
export async function emptyRemote(): Promise<Place> {
  const { server, directory } = await startTestServer();
  const proxy = await startProxy(server.port);
  const url = `${proxy.origin}/ada/cats`;
  await createRemote(url);
  proxy.reset();
  return { url, proxy, directory };
}

/** Makes a repository with the files above and pushes it, by the standard requests unless the options say otherwise. */
export async function pushed(
  options: RepositoryOptions = {},
): Promise<Place & { origin: Repository }> {
  const place = await emptyRemote();
  const origin = await committed(files, { offersFast: false, ...options });
  origin.setRemote('origin', place.url);
  await origin.push();
  return { ...place, origin };
}

/** Clones a repository; it is closed with the test. */
export async function cloneOf(
  url: string,
  path = join(temporaryDirectory(), 'copy'),
  options: CloneOptions & RepositoryOptions = {},
) {
  const { repository, result } = await Repository.clone(url, path, {
    ...optionsOf(path),
    ...options,
  });
  onTestFinished(() => repository.close());
  return { repository, result };
}

/** Settings with which a test opens a repository: no threads, no waiting, the standard requests. */
export function optionsOf(path: string): RepositoryOptions {
  return {
    jobs: new InlineJobs(),
    clock: steppingClock(1_800_000_000),
    workingDirectory: path,
    retryCount: 0,
    offersFast: false,
  };
}
