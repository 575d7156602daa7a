/**
 * Counts what lies in the store and how much of it is needed: by nodes, contents and chunks, and by pack. `gc` decides with it,
 * `info --storage` prints it.
 */
import { recordCodecs, recordHeaderLength, recordKinds } from '../format/pack-record.js';
import { HashTable } from '../model/hash-table.js';
import type { PlaceColumns } from '../model/jobs.js';
import type { OpenRepository } from '../repository.js';
import { nodeDisk } from '../store/disk.js';
import { type PackRow, PackTable } from '../store/pack-table.js';
import { PlaceBuilder } from '../store/place-columns.js';
import type { RecordPlace } from '../store/place-row.js';
import { packFileSize } from '../store/retired-packs.js';
import type { Reachable } from './reachable.js';

/** Objects of one kind. */
export interface ObjectCount {
  count: number;
  storedBytes: number; // in packs, headers included; of nodes also the rows in the database
  rawBytes: number; // of contents and chunks as they were before compression
  savedBytes: number; // by compression
}

/** Needed and unneeded objects of one kind. */
export interface ObjectCensus {
  readonly live: ObjectCount;
  readonly dead: ObjectCount;
  readonly deadIds: HashTable;
}

/** A pack and how much of it is needed. */
export interface PackUse {
  readonly row: PackRow;
  readonly fileBytes: number; // 0 when the file is missing
  liveBytes: number; // records that something needs, headers included
  rawBytes: number; // of the needed contents and chunks that are not compressed
  liveCount: number;
  deadCount: number; // records that are stored and not needed; others have no row at all
}

/** All of it. */
export interface StorageCensus {
  readonly nodes: ObjectCensus;
  readonly contents: ObjectCensus;
  readonly chunks: ObjectCensus;
  readonly chunkedBytes: number; // raw bytes of the needed contents that are lists of chunks
  readonly packs: ReadonlyMap<number, PackUse>;
}

/** Counts everything that is stored; `reachable` says what is needed. @throws IntegrityError when a row is damaged */
export function takeCensus(repository: OpenRepository, reachable: Reachable): StorageCensus {
  const packs = listPacks(repository);
  const census = {
    nodes: newCensus(),
    contents: newCensus(),
    chunks: newCensus(),
    chunkedBytes: 0,
    packs,
  };
  for (const { id, place, rowBytes } of repository.nodes.rows()) {
    const isLive = reachable.nodes.find(id) >= 0;
    note(census.nodes, id, isLive, rowBytes + recordBytes(place));
    if (place !== undefined) notePack(packs, place, isLive);
  }
  for (const { hash, place } of repository.versions.contents()) {
    const isLive = reachable.contents.find(hash) >= 0;
    noteRecord(census.contents, hash, isLive, place);
    if (isLive && place.kind === recordKinds.manifest) census.chunkedBytes += place.rawLength;
    notePack(packs, place, isLive);
  }
  for (const { hash, place } of repository.versions.chunks()) {
    const isLive = reachable.chunks.find(hash) >= 0;
    noteRecord(census.chunks, hash, isLive, place);
    notePack(packs, place, isLive);
  }
  return census;
}

/**
 * Returns the needed records of some packs, by pack.
 * @param isWanted leaves out the others
 * @throws IntegrityError when a row is damaged
 */
export function listNeededRecords(
  repository: OpenRepository,
  reachable: Reachable,
  packIds: ReadonlySet<number>,
  isWanted: (hash: Uint8Array) => boolean = () => true,
): Map<number, PlaceColumns> {
  const builders = new Map<number, PlaceBuilder>();
  const take = (hash: Uint8Array, place: RecordPlace | undefined, marked: HashTable): void => {
    if (place === undefined || !packIds.has(place.packId) || marked.find(hash) < 0) return;
    if (!isWanted(hash)) return;
    const builder = builders.get(place.packId) ?? new PlaceBuilder();
    builders.set(place.packId, builder);
    builder.append({ ...place, hash }, place.offset);
  };
  for (const { id, place } of repository.nodes.rows()) take(id, place, reachable.nodes);
  for (const { hash, place } of repository.versions.contents())
    take(hash, place, reachable.contents);
  for (const { hash, place } of repository.versions.chunks()) take(hash, place, reachable.chunks);
  return new Map([...builders].map(([id, builder]) => [id, builder.finish()]));
}

function listPacks({ environment, packDirectory }: OpenRepository): Map<number, PackUse> {
  const packs = new Map<number, PackUse>();
  for (const row of new PackTable(environment).list()) {
    const fileBytes = packFileSize(nodeDisk, packDirectory, row.id) ?? 0;
    packs.set(row.id, { row, fileBytes, liveBytes: 0, rawBytes: 0, liveCount: 0, deadCount: 0 });
  }
  return packs;
}

function newCensus(): ObjectCensus {
  const nothing = () => ({ count: 0, storedBytes: 0, rawBytes: 0, savedBytes: 0 });
  return { live: nothing(), dead: nothing(), deadIds: new HashTable() };
}

function note(
  census: ObjectCensus,
  id: Uint8Array,
  isLive: boolean,
  storedBytes: number,
): ObjectCount {
  const count = isLive ? census.live : census.dead;
  count.count++;
  count.storedBytes += storedBytes;
  if (!isLive) census.deadIds.add(id);
  return count;
}

function noteRecord(
  census: ObjectCensus,
  hash: Uint8Array,
  isLive: boolean,
  place: RecordPlace,
): void {
  const count = note(census, hash, isLive, recordBytes(place));
  count.rawBytes += place.rawLength;
  const isCompressed = place.codec !== recordCodecs.raw && place.kind !== recordKinds.manifest;
  if (isCompressed) count.savedBytes += place.rawLength - place.storedLength;
}

function notePack(packs: Map<number, PackUse>, place: RecordPlace, isLive: boolean): void {
  const use = packs.get(place.packId);
  if (use === undefined) return;
  if (!isLive) {
    use.deadCount++;
    return;
  }
  use.liveCount++;
  use.liveBytes += recordBytes(place);
  if (isContent(place) && place.codec === recordCodecs.raw) use.rawBytes += place.storedLength;
}

function isContent({ kind }: RecordPlace): boolean {
  return kind === recordKinds.content || kind === recordKinds.chunk;
}

function recordBytes(place: RecordPlace | undefined): number {
  return place === undefined ? 0 : recordHeaderLength + place.storedLength;
}
