/** Answers that carry contents, and take them. */
import { IntegrityError, InvalidInputError } from '../../core/model/errors.js';
import { ignoreEvents } from '../../core/model/events.js';
import {
  type Hash,
  hashBytesLength,
  hashFromBytes,
  hashToBytes,
  writeHash,
} from '../../core/model/hash.js';
import { dropDamagedContents } from '../../core/ops/drop-damaged.js';
import { contentSize } from '../../core/ops/read-range.js';
import { type ArrivingContent, receiveContents } from '../../core/ops/receive-contents.js';
import { type ArchivedVersion, writeVersionArchive } from '../../core/wire/archive/versions.js';
import { boundaryOf } from '../../core/wire/form/part-headers.js';
import { type ReadFormPart, readForm } from '../../core/wire/form/read.js';
import {
  missingVersions,
  notFound,
  notImplemented,
  unsupportedMediaType,
  uploadRefused,
} from '../../core/wire/messages/failures.js';
import {
  canonicalHash,
  decodeHashLines,
  decodeUploadRequest,
  encodeBatchAnswer,
  encodePartAnswer,
  encodeUploadState,
  encodeVersionAnswer,
  encodeVersionCheck,
  maxUploadBytes,
  smallFileBytes,
  type VersionProblem,
} from '../../core/wire/messages/versions.js';
import { compress, inflate } from '../compression.js';
import { FailureError, type Handlers, json } from '../exchange.js';
import type { ServedRepository } from '../repositories.js';
import { partSizeBytes, partWindow } from '../uploads.js';
import { sendFile } from './content.js';
import { streamFrom, withRepository } from './in-repository.js';

/** Parts up to this size are gathered for the threads that inflate and hash them; larger ones are taken in while they come. */
const gatheredBytes = 128 * 1024;

const maxListBytes = 256 * 1024 * 1024;
const sortedHashes = 65_536;

type ArrivingBytes =
  | { readonly bytes: Uint8Array; readonly isGzip: boolean }
  | { readonly pieces: AsyncIterable<Uint8Array> };

/** Handlers of the routes of family `versions`. */
export const versionHandlers: Handlers<
  | 'uploadVersions'
  | 'downloadVersions'
  | 'checkVersions'
  | 'beginUpload'
  | 'uploadPart'
  | 'describeVersion'
  | 'readVersion'
> = {
  uploadVersions: (exchange) =>
    withRepository(exchange, async ({ stores: repository, writer }) => {
      const boundary = requireBoundary(exchange.headers['content-type']);
      const { jobs } = exchange.server;
      const problems: VersionProblem[] = [];
      const contents = contentsOf(readForm(exchange.body(), boundary), problems);
      const refused = await writer.use((packs) =>
        receiveContents({ repository, packs, jobs }, contents),
      );
      return json(encodeBatchAnswer([...problems, ...refused]));
    }),
  downloadVersions: async (exchange) => {
    const lines = await gather(inflate(exchange.body(), maxListBytes));
    const names = decodeHashLines(lines.toString('latin1'));
    return streamFrom(exchange, (repository) => {
      const missing = names.filter((name) => !isStored(repository, name));
      if (missing.length > 0) throw new FailureError(missingVersions(missing));
      const body = compress(writeVersionArchive(contentsInOrder(repository, names as Hash[])));
      return { body, headers: { 'content-type': 'application/gzip' } };
    });
  },
  checkVersions: (exchange) =>
    withRepository(exchange, async ({ stores, writer }) => {
      const { jobs, clock } = exchange.server;
      const start = performance.now();
      const context = { jobs, clock, events: ignoreEvents };
      const { scannedCount, droppedCount } = await writer.use(() =>
        dropDamagedContents(stores, context),
      );
      return json(
        encodeVersionCheck({
          scannedCount,
          corruptedCount: droppedCount,
          cleanedCount: droppedCount,
          errorCount: 0,
          elapsedMs: performance.now() - start,
        }),
      );
    }),
  beginUpload: async (exchange) => {
    const { server, parameters } = exchange;
    const request = decodeUploadRequest(await exchange.text());
    const hash = canonicalHash(request.hash);
    if (hash === undefined) throw new InvalidInputError(`'${request.hash}' is not a hash.`);
    if (request.hasDestination) {
      throw new FailureError(notImplemented('There are no workspaces on this server.'));
    }
    const { sizeBytes } = request;
    if (sizeBytes === 0) throw new FailureError(uploadRefused('the file is empty'));
    if (sizeBytes > maxUploadBytes) {
      throw new FailureError(
        uploadRefused(`larger than the ${maxUploadBytes} bytes an upload takes`),
      );
    }
    return withRepository(exchange, async ({ stores, writer }) => {
      const missing = await writer.findMissing(hashToBytes(hash), (asked) =>
        stores.versions.findMissing(asked),
      );
      if (missing.size === 0) return json(encodeUploadState({ kind: 'stored' }));
      const uploadId = server.makeId();
      const plan = { ...parameters, hash, sizeBytes };
      const partCount = server.uploads.begin(uploadId, plan, server);
      return json(
        encodeUploadState({ kind: 'awaiting', uploadId, partSizeBytes, partCount, partWindow }),
      );
    });
  },
  uploadPart: (exchange) =>
    withRepository(exchange, async () => {
      const { server, parameters } = exchange;
      const { upload, part } = parameters;
      const isComplete = await server.uploads.take(parameters, upload, part, exchange.body());
      return json(encodePartAnswer(isComplete));
    }),
  describeVersion: (exchange) =>
    withRepository(exchange, ({ stores }) => {
      const hash = canonicalHash(exchange.parameters.version);
      const sizeBytes = hash === undefined ? undefined : contentSize(stores, hash);
      if (hash === undefined || sizeBytes === undefined) throw new FailureError(notFound);
      return json(encodeVersionAnswer({ hash, sizeBytes }));
    }),
  readVersion: (exchange) => sendFile(exchange),
};

function requireBoundary(contentType: string | undefined): string {
  if (contentType !== undefined && !/^multipart\//i.test(contentType)) {
    throw new FailureError(unsupportedMediaType('A multipart form was expected.'));
  }
  return boundaryOf(contentType);
}

/** Yields the contents in the parts of a form; parts whose names are no hashes are reported, other fields left out. */
async function* contentsOf(
  parts: AsyncIterable<ReadFormPart>,
  problems: VersionProblem[],
): AsyncGenerator<ArrivingContent> {
  const room = new Uint8Array(gatheredBytes);
  for await (const part of parts) {
    if (part.name !== 'file[]' && part.name !== 'file') continue;
    const name = part.fileName ?? '';
    const hash = canonicalHash(name);
    if (hash === undefined) {
      problems.push({ hash: name, message: 'The name of the part is not a hash.' });
      continue;
    }
    yield { hash, ...(await bytesOf(part, room)) };
  }
}

/** Returns the content of a part: small ones whole and as they came, in `room`, larger ones as a stream. */
async function bytesOf(part: ReadFormPart, room: Uint8Array): Promise<ArrivingBytes> {
  const isGzip = part.contentType === 'application/gzip';
  const pieces = part.stream();
  let length = 0;
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
    const piece = next.value;
    if (length + piece.length > room.length) {
      const early = [room.slice(0, length), new Uint8Array(piece)];
      const all = chain(early, pieces);
      return { pieces: isGzip ? refusing(inflate(all, smallFileBytes)) : all };
    }
    room.set(piece, length);
    length += piece.length;
  }
  return { bytes: room.subarray(0, length), isGzip };
}

/** Turns damaged gzip data of one part into a problem of that part. */
async function* refusing(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } catch (cause) {
    if (!(cause instanceof InvalidInputError)) throw cause;
    throw new IntegrityError(cause.message, { cause });
  }
}

async function* chain(
  early: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* early;
  yield* rest;
}

async function gather(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const gathered: Uint8Array[] = [];
  for await (const piece of pieces) gathered.push(piece);
  return Buffer.concat(gathered);
}

function isStored({ stores }: ServedRepository, name: string): boolean {
  const hash = canonicalHash(name);
  return hash !== undefined && stores.versions.has(hash);
}

/** Yields contents in the order in which they lie in the packs, some ten thousand at a time. */
async function* contentsInOrder(
  { stores }: ServedRepository,
  hashes: readonly Hash[],
): AsyncGenerator<ArchivedVersion> {
  for (let start = 0; start < hashes.length; start += sortedHashes) {
    const some = hashes.slice(start, start + sortedHashes);
    const column = new Uint8Array(some.length * hashBytesLength);
    for (const [row, hash] of some.entries()) writeHash(hash, column, row * hashBytesLength);
    const { packIds, offsets, rawLengths } = stores.versions.places(column);
    const rows = Uint32Array.from(some, (_, row) => row).sort(
      (a, b) => (packIds[a] ?? 0) - (packIds[b] ?? 0) || (offsets[a] ?? 0) - (offsets[b] ?? 0),
    );
    for (const row of rows) {
      const hash = hashFromBytes(column, row * hashBytesLength);
      const sizeBytes = rawLengths[row] ?? 0;
      const content =
        sizeBytes <= smallFileBytes
          ? stores.versions.readSmall(hash)
          : stores.versions.readContent(hash);
      yield { hash, sizeBytes, content };
    }
  }
}
