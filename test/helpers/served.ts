/** A server of ours on a free port, in this process, with a directory of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { hashBytes } from '../../src/core/format/hashing.js';
import type { Hash } from '../../src/core/model/hash.js';
import { formContentType, formPart, writeForm } from '../../src/core/wire/form/write.js';
import type { OxenServer } from '../../src/server/server.js';
import { type StartOptions, startServer } from '../../src/server/start.js';

/** A server under test. */
export interface TestServer {
  readonly directory: string;
  readonly url: string;
  readonly server: OxenServer;
  readonly log: readonly string[];
  /** Sends a request and returns status, headers and the body as text. */
  request(method: string, path: string, options?: RequestOptions): Promise<TestAnswer>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What a request carries. */
export interface RequestOptions {
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Starts a server; it ends with the test. */
export async function testServer(options: Partial<StartOptions> = {}): Promise<TestServer> {
  const base = mkdtempSync(join(tmpdir(), 'oxen-server-'));
  const directory = options.directory ?? join(base, 'served');
  const log: string[] = [];
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    needsToken: false,
    allowPlainForce: false,
    threadCount: 1,
    log: (line) => log.push(line),
    ...options,
    directory,
  });
  const url = `http://127.0.0.1:${server.port}`;
  return {
    directory,
    url,
    server,
    log,
    request: (method, path, requestOptions) => request(url, method, path, requestOptions),
    async [Symbol.asyncDispose]() {
      await server.stop();
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** Makes an empty repository `farm/cows` and returns the start of its requests. */
export async function makeRepository(server: TestServer, name = 'cows'): Promise<string> {
  const body = JSON.stringify({ namespace: 'farm', name });
  await server.request('POST', '/api/repos', { body });
  return `/api/repos/farm/${name}`;
}

/** Returns a form with gzip parts named after the hashes of their contents. */
export async function versionsForm(
  contents: readonly (string | Uint8Array)[],
  names?: readonly string[],
): Promise<Required<RequestOptions>> {
  const parts = contents.map((content, index) => {
    const bytes = Buffer.from(content);
    const fileName = names?.[index] ?? hashOf(bytes);
    return formPart('file[]', gzipSync(bytes), { fileName, contentType: 'application/gzip' });
  });
  const pieces: Uint8Array[] = [];
  for await (const piece of writeForm(parts, 'boundary')) pieces.push(piece);
  return {
    body: Buffer.concat(pieces),
    headers: { 'content-type': formContentType('boundary') },
  };
}

/** Returns the hash that names a content. */
export function hashOf(content: string | Uint8Array): Hash {
  return hashBytes(Buffer.from(content));
}

async function request(
  url: string,
  method: string,
  path: string,
  { body, headers }: RequestOptions = {},
): Promise<TestAnswer> {
  const answer = await fetch(url + path, {
    method,
    ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
    ...(headers === undefined ? {} : { headers }),
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const text = Buffer.from(bytes).toString('utf8');
  return { status: answer.status, headers: answer.headers, text, bytes, json: parse(text) };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
