/**
 * Fetching objects on the fast path. Nodes come as nodes, contents as the pack records that the server has; whoever
 * stores a record compares its hash, here it is made sure that it is one of those that were wanted.
 */
import { checkNode } from '../format/node-check.js';
import { recordKinds } from '../format/pack-record.js';
import { IntegrityError } from '../model/errors.js';
import { hashBytesLength, hashFromBytes, hashToBytes } from '../model/hash.js';
import {
  type NodesBegin,
  nodesBeginFrame,
  type ObjectKind,
  objectsBeginFrame,
} from '../wire/fast/conversation.js';
import { type Frame, malformed } from '../wire/fast/frame.js';
import { type FramedNode, hashesFrames, nodesIn, recordsIn } from '../wire/fast/payloads.js';
import type { RemoteClient } from './client.js';
import { asIntegrity } from './errors.js';
import { forEachParallel } from './fan-out.js';
import { callFast, decodedPayload, type FastCall, framesOf } from './frame-exchange.js';
import { WantedObjects } from './wanted-objects.js';

/** Records as they stand in packs. */
export interface FetchedRecords {
  readonly payload: Uint8Array; // headers and bodies one after the other, in a buffer of their own
  readonly recordCount: number;
}

/** How objects are fetched. */
export interface FetchOptions {
  readonly parallelRequests?: number; // the jobs of the client when absent
  readonly hashesPerRequest?: number; // 16,384
}

type RecordsKind = Exclude<ObjectKind, 'nodes'>;
type FrameReceiver = (frame: Frame, wanted: WantedObjects, what: string) => Promise<void>;

const defaultHashesPerRequest = 16_384;
const maxNodesBytes = 64 * 2 ** 30;
const maxObjectBytes = 64 * 2 ** 20; // no frame is larger
const kindsOfRecords: Readonly<Record<RecordsKind, readonly number[]>> = {
  contents: [recordKinds.content, recordKinds.manifest],
  chunks: [recordKinds.chunk],
};

/**
 * Yields the nodes of commits, but for those of commits that the receiver has. Each is whole and checked by itself. When
 * the connection breaks, what is still lacking is to be found by a walk and fetched with `fetchNodesById`.
 * @throws NotFoundError when the server lacks a commit; IntegrityError when a node is not what it should be
 */
export async function* fetchNodes(
  client: RemoteClient,
  begin: NodesBegin,
): AsyncGenerator<FramedNode> {
  const what = 'reading nodes';
  const frames = () => [nodesBeginFrame(begin)];
  const call = { route: 'fetchNodes', what, frames } as const;
  for await (const frame of answerTo(client, call, maxNodesBytes)) {
    yield* await readNodes(what, frame);
  }
}

/**
 * Fetches nodes by their ids, in several requests at once.
 * @param ids 16 bytes each, all different
 * @param receive is called for the nodes of one frame; several calls may be under way. They count as received when it
 *   returns
 * @throws NotFoundError when the server lacks one; IntegrityError when a node is not what it should be
 */
export async function fetchNodesById(
  client: RemoteClient,
  ids: Uint8Array,
  receive: (nodes: readonly FramedNode[]) => Promise<void>,
  options: FetchOptions = {},
): Promise<void> {
  await fetchWanted(client, 'nodes', ids, options, async (frame, wanted, what) => {
    const nodes = await readNodes(what, frame);
    const indexes = nodes.map(({ id }) => wanted.expect(hashToBytes(id)));
    await receive(nodes);
    wanted.finish(indexes);
  });
}

/**
 * Fetches the records of contents or chunks, in several requests at once. A large content comes as its manifest, whose
 * chunks are to be fetched after it. Bodies are not looked at: their hashes are for `receive` to compare.
 * @param hashes 16 bytes each, all different
 * @param receive is called for the records of one frame; several calls may be under way. They count as received when it
 *   returns
 * @throws NotFoundError when the server lacks one; IntegrityError when it sends anything else
 */
export async function fetchRecords(
  client: RemoteClient,
  kind: RecordsKind,
  hashes: Uint8Array,
  receive: (records: FetchedRecords) => Promise<void>,
  options: FetchOptions = {},
): Promise<void> {
  await fetchWanted(client, kind, hashes, options, async (frame, wanted, what) => {
    const payload = await payloadOf(what, frame, 'records');
    const indexes = recordHashes(what, kind, payload, frame.itemCount).map((hash) =>
      wanted.expect(hash),
    );
    await receive({ payload, recordCount: frame.itemCount });
    wanted.finish(indexes);
  });
}

/** Splits the hashes into requests; each is made again for what it has not brought. */
async function fetchWanted(
  client: RemoteClient,
  kind: ObjectKind,
  hashes: Uint8Array,
  options: FetchOptions,
  receive: FrameReceiver,
): Promise<void> {
  const { parallelRequests = client.jobs, hashesPerRequest = defaultHashesPerRequest } = options;
  const width = Math.max(1, Math.min(client.jobs, parallelRequests));
  await forEachParallel(slices(hashes, hashesPerRequest), width, (slice) =>
    client.slot(() => fetchSlice(client, kind, new WantedObjects(slice), receive)),
  );
}

async function fetchSlice(
  client: RemoteClient,
  kind: ObjectKind,
  wanted: WantedObjects,
  receive: FrameReceiver,
): Promise<void> {
  const what = `reading ${kind}`;
  for (let retry = 1; wanted.lackingCount > 0; retry++) {
    const before = wanted.lackingCount;
    const frames = () => [objectsBeginFrame({ kind }), ...hashesFrames(wanted.lacking())];
    const call = { route: 'fetchContents', what, frames, isOnce: true } as const;
    try {
      for await (const frame of answerTo(client, call, before * maxObjectBytes)) {
        await receive(frame, wanted, what);
      }
      if (wanted.lackingCount === before) throw notSent(kind, wanted);
    } catch (error) {
      if (wanted.lackingCount < before) retry = 1; // whoever makes progress may go on
      await client.waitToRetry(error, retry);
    }
  }
}

async function* answerTo(
  client: RemoteClient,
  call: FastCall,
  maxTotalBytes: number,
): AsyncGenerator<Frame> {
  yield* framesOf(await callFast(client, call), call.what, maxTotalBytes);
}

async function readNodes(what: string, frame: Frame): Promise<FramedNode[]> {
  const payload = await payloadOf(what, frame, 'nodes');
  try {
    const nodes = [...nodesIn(payload, frame.itemCount)];
    for (const { id, blobs } of nodes) checkNode(id, blobs);
    return nodes;
  } catch (error) {
    throw asIntegrity(what, error);
  }
}

/** Returns the hashes of the records in a payload after checking that they are of kinds that may come. */
function recordHashes(
  what: string,
  kind: RecordsKind,
  payload: Uint8Array,
  recordCount: number,
): Uint8Array[] {
  try {
    return [...recordsIn(payload, recordCount)].map(({ header }) => {
      if (kindsOfRecords[kind].includes(header.kind)) return header.hash;
      throw malformed(`a record of kind ${header.kind} is none of the ${kind}`);
    });
  } catch (error) {
    throw asIntegrity(what, error);
  }
}

async function payloadOf(
  what: string,
  frame: Frame,
  kind: 'nodes' | 'records',
): Promise<Uint8Array> {
  try {
    if (frame.kind !== kind) throw malformed(`${kind} were expected, not ${frame.kind}`);
    if (frame.itemCount === 0) throw malformed(`a frame of ${kind} is empty`);
    return await decodedPayload(frame);
  } catch (error) {
    throw asIntegrity(what, error);
  }
}

function* slices(hashes: Uint8Array, count: number): Generator<Uint8Array> {
  const step = count * hashBytesLength;
  for (let start = 0; start < hashes.length; start += step) {
    yield hashes.subarray(start, start + step);
  }
}

function notSent(kind: ObjectKind, wanted: WantedObjects): IntegrityError {
  return new IntegrityError(
    `The server left out ${wanted.lackingCount} ${kind} without a word, among them ${hashFromBytes(wanted.lacking())}.`,
  );
}
