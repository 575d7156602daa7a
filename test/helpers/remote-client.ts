/** A client of a scripted server, closed when the test is done. */
import { onTestFinished } from 'vitest';
import { RemoteClient, type RemoteClientOptions } from '../../src/core/remote/client.js';
import type { RemoteUrl } from '../../src/core/wire/remote-url.js';
import { fakePace } from './fake-pace.js';
import { type Exchange, type ScriptedServer, scriptedServer } from './scripted-server.js';

/** Opens a client whose waits end at once. */
export async function openClient(
  remote: RemoteUrl,
  options: RemoteClientOptions = {},
): Promise<RemoteClient> {
  const client = await RemoteClient.open(remote, { pace: fakePace(), ...options });
  onTestFinished(() => client.close());
  return client;
}

/** Starts a server that answers by `script`, and opens a client of it. */
export async function clientOf(
  script: (exchange: Exchange) => Promise<void> | void,
  options: RemoteClientOptions = {},
): Promise<{ client: RemoteClient; server: ScriptedServer }> {
  const server = await scriptedServer(script);
  return { client: await openClient(server.remote, options), server };
}

/** Returns the error with which `promise` fails. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => new Error('it did not fail'),
    (error) => error as Error,
  );
}

/** Returns all items. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The ways in which a refused branch, commit or path is reported. */
export const absent = { status: 'error', status_message: 'resource_not_found' };
