/** A server of ours on an ephemeral port, over a temporary directory; it counts requests and stops when the test is done. */
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/core/model/clock.js';
import { defaultLimits, OxenServer } from '../../src/server/server.js';
import { InlineJobs } from '../../src/workers/inline.js';
import { temporaryDirectory } from './repository.js';

/** A running server. */
export interface TestServer {
  readonly server: OxenServer;
  readonly directory: string;
  /** URL of a repository, which need not exist. */
  url(name: string): string;
}

/** Starts a server. */
export async function startTestServer(
  options: { readonly needsToken?: boolean; readonly allowPlainForce?: boolean } = {},
): Promise<TestServer> {
  const directory = temporaryDirectory();
  const server = await OxenServer.start({
    directory,
    host: '127.0.0.1',
    port: 0,
    needsToken: options.needsToken ?? false,
    allowPlainForce: options.allowPlainForce ?? false,
    limits: { ...defaultLimits, stopTimeoutMs: 1000 },
    jobs: new InlineJobs(),
    clock: systemClock,
    log: () => {},
  });
  onTestFinished(() => server.stop());
  return { server, directory, url: (name) => `http://127.0.0.1:${server.port}/${name}` };
}
