/**
 * The records of objects as frames, for whoever is to have them: the bytes of packs as they are, neighbours in one piece.
 * Small nodes lie in the database and get a record here. What lies where is looked up again when gc has moved it meanwhile.
 */
import { setImmediate } from 'node:timers/promises';
import { recordHeaderLength } from '../format/pack-record.js';
import { NotFoundError } from '../model/errors.js';
import { type Hash, hashBytesLength, hashFromBytes, hashToBytes } from '../model/hash.js';
import type { OpenRepository } from '../repository.js';
import { encodeNodeRecord } from '../store/node-record.js';
import { MissingPackError } from '../store/pack-reader.js';
import { addToRuns, type PackRun, PackRunReader } from '../store/pack-runs.js';
import type { VersionPlaces } from '../store/version-store.js';
import type { Frame } from '../wire/fast/frame.js';
import type { FrameBuffers } from '../wire/fast/frame-buffers.js';
import { recordsFrame } from '../wire/fast/payloads.js';

/** How much goes into one frame: one frame is one piece of work for a thread of the receiver, which holds some of each connection. */
const targetFrameBytes = 1024 * 1024;

/** Of chunks, which are larger: a frame with little more than one of them would cost more to hand on than to store. */
const targetChunkFrameBytes = 2 * 1024 * 1024;
const recordsPerFrame = 1024;

/** A group of nodes for one frame, and where they are. */
interface NodeGroup {
  readonly ids: Hash[];
  readonly records: Uint8Array[]; // of nodes that do not lie in packs
  readonly runs: PackRun[];
  sizeBytes: number;
}

/**
 * Yields contents or chunks, in the order of the packs.
 * @param hashes 16 bytes each, all different
 * @param buffers give the memory for large frames; whoever has sent one gives it back
 * @throws NotFoundError before the first frame when one is not stored; IntegrityError when a pack is cut off or missing
 */
export async function* contentFrames(
  repository: OpenRepository,
  objects: 'contents' | 'chunks',
  hashes: Uint8Array,
  buffers?: FrameBuffers,
): AsyncGenerator<Frame> {
  const { versions, environment, packDirectory } = repository;
  const lookUp = (wanted: Uint8Array): VersionPlaces => {
    const places = objects === 'contents' ? versions.places(wanted) : versions.chunkPlaces(wanted);
    const absent = places.kinds.indexOf(0);
    if (absent < 0) return places;
    throw absentObject('content', hashFromBytes(wanted, absent * hashBytesLength));
  };
  const places = lookUp(hashes);
  await using reader = new PackRunReader(packDirectory, buffers?.take.bind(buffers));
  const targetBytes = objects === 'chunks' ? targetChunkFrameBytes : targetFrameBytes;
  for (const rows of rowsOfFrames(places, targetBytes)) {
    let payload: Uint8Array;
    try {
      payload = await reader.read(runsOf(places, rows));
    } catch (error) {
      if (!(error instanceof MissingPackError)) throw error;
      environment.refresh();
      const moved = lookUp(hashesAt(hashes, rows));
      payload = await reader.read(runsOf(moved, [...rows.keys()]));
    }
    yield recordsFrame(payload, rows.length);
  }
}

/**
 * Yields nodes, about in the given order.
 * @throws NotFoundError when one is not stored; IntegrityError when it is damaged, or a pack is cut off or missing
 */
export async function* nodeFrames(
  repository: OpenRepository,
  ids: Iterable<Hash>,
): AsyncGenerator<Frame> {
  await using reader = new PackRunReader(repository.packDirectory);
  let group = emptyGroup();
  for (const id of ids) {
    addNode(repository, group, id);
    if (group.sizeBytes < targetFrameBytes && group.ids.length < recordsPerFrame) continue;
    yield await nodesFrame(repository, reader, group);
    await setImmediate();
    group = emptyGroup();
  }
  if (group.ids.length > 0) yield await nodesFrame(repository, reader, group);
}

async function nodesFrame(
  repository: OpenRepository,
  reader: PackRunReader,
  group: NodeGroup,
): Promise<Frame> {
  const { ids } = group;
  try {
    const placed = await reader.read(group.runs);
    return recordsFrame(joined([...group.records, placed]), ids.length);
  } catch (error) {
    if (!(error instanceof MissingPackError)) throw error;
    repository.environment.refresh();
    const again = emptyGroup();
    for (const id of ids) addNode(repository, again, id);
    const placed = await reader.read(again.runs);
    return recordsFrame(joined([...again.records, placed]), ids.length);
  }
}

function addNode({ nodes }: OpenRepository, group: NodeGroup, id: Hash): void {
  const row = nodes.row(id);
  if (row === undefined) throw absentObject('node', id);
  group.ids.push(id);
  if (row.form === 'place') {
    addToRuns(group.runs, row.place);
    group.sizeBytes += recordHeaderLength + row.place.storedLength;
    return;
  }
  const record = encodeNodeRecord(hashToBytes(id), row.blobs);
  group.records.push(record);
  group.sizeBytes += record.length;
}

function emptyGroup(): NodeGroup {
  return { ids: [], records: [], runs: [], sizeBytes: 0 };
}

/** Yields the rows of each frame, in the order of the packs. */
function* rowsOfFrames(places: VersionPlaces, targetBytes: number): Generator<number[]> {
  const { count, packIds, offsets, storedLengths } = places;
  const order = Uint32Array.from({ length: count }, (_, row) => row).sort(
    (a, b) => (packIds[a] ?? 0) - (packIds[b] ?? 0) || (offsets[a] ?? 0) - (offsets[b] ?? 0),
  );
  let rows: number[] = [];
  let sizeBytes = 0;
  for (const row of order) {
    rows.push(row);
    sizeBytes += recordHeaderLength + (storedLengths[row] ?? 0);
    if (sizeBytes < targetBytes && rows.length < recordsPerFrame) continue;
    yield rows;
    rows = [];
    sizeBytes = 0;
  }
  if (rows.length > 0) yield rows;
}

function runsOf(
  { packIds, offsets, storedLengths }: VersionPlaces,
  rows: readonly number[],
): PackRun[] {
  const runs: PackRun[] = [];
  for (const row of rows) {
    addToRuns(runs, {
      packId: packIds[row] ?? 0,
      offset: offsets[row] ?? 0,
      storedLength: storedLengths[row] ?? 0,
    });
  }
  return runs;
}

function hashesAt(hashes: Uint8Array, rows: readonly number[]): Uint8Array {
  const parts = rows.map((row) =>
    hashes.subarray(row * hashBytesLength, (row + 1) * hashBytesLength),
  );
  return joined(parts);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : new Uint8Array(Buffer.concat(parts));
}

function absentObject(what: string, hash: Hash): NotFoundError {
  return new NotFoundError(`The ${what} ${hash} is not stored.`, { hint: 'oxen fsck' });
}
