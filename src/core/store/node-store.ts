/**
 * Nodes of the Merkle trees by id. Small ones lie in LMDB as they are, larger ones in packs, compressed; LMDB then holds their
 * place. A node that is stored is kept: an id of ours names its content, and whoever brings another node under a known id
 * compares the two first (`tree/node-difference`).
 *
 * Value in the database `nodes`, key: id, 16 bytes little endian:
 *
 * | offset | size | meaning |
 * |---|---|---|
 * | 0 | 1 | form: 0 the blobs follow, 1 a place follows |
 * | 1 | 1 | origin: 0 made by our rule, 1 foreign |
 * | 2 | 1 | codec of the record (form 1), else 0 |
 * | 3 | 1 | 0 |
 * | 4 | 4 | form 0: length of the node blob u32, then node blob and children blob; form 1: pack id u32 |
 * | 8 | 16 | form 1: offset u32, stored length u32, raw length f64 |
 */
import { recordKinds } from '../format/pack-record.js';
import {
  type CommitId,
  type Hash,
  hashBytesLength,
  hashFromBytes,
  hashToBytes,
} from '../model/hash.js';
import type { NodeColumns } from '../model/jobs.js';
import { type NodeBlobs, nodeTypes } from '../model/node.js';
import type { CheckedDatabase } from './checked-database.js';
import type { StoreEnvironment } from './environment.js';
import { MetaStore } from './meta.js';
import { decodeNodeBody } from './node-record.js';
import { MissingPackError, type PackReader } from './pack-reader.js';
import type { RecordPlace } from './place-row.js';
import type { PackPlaces } from './version-store.js';

/** Largest sum of both blobs, in bytes, that is kept in LMDB itself. */
export const inlineNodeLimit = 4096;

/** Who made a node: our rule, or another program whose ids do not cover the content. */
export type NodeOrigin = 'ours' | 'foreign';

const headerLength = 8;
const placeLength = 24;
const inlineForm = 0;
const placeForm = 1;
const cacheBytes = 16 << 20;
const commitPrefix = 'commit/';

/** The nodes of one repository. */
export class LmdbNodeStore {
  readonly #environment: StoreEnvironment;
  readonly #reader: PackReader;
  readonly #meta: MetaStore;
  readonly #cache = new Map<Hash, NodeBlobs>();
  #cachedBytes = 0;

  constructor(environment: StoreEnvironment, reader: PackReader) {
    this.#environment = environment;
    this.#reader = reader;
    this.#meta = new MetaStore(environment);
  }

  /**
   * Returns the blobs of a node, undefined when it is not stored. They may be shared: never change them.
   * @throws IntegrityError when it is damaged
   */
  read(id: Hash): NodeBlobs | undefined {
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    const key = hashToBytes(id);
    const value = this.#database.get(key);
    if (value === undefined) return undefined;
    const blobs = value[0] === inlineForm ? inlineBlobs(value) : this.#readRecord(key, value);
    this.#keep(id, blobs);
    return blobs;
  }

  /** Returns the blobs of nodes in the order of their ids, undefined for those that are not stored. */
  async getMany(ids: readonly Hash[]): Promise<(NodeBlobs | undefined)[]> {
    return ids.map((id) => this.read(id));
  }

  /** Says whether a node is stored. */
  has(id: Hash): boolean {
    return this.#database.has(hashToBytes(id));
  }

  /** Says whether the node whose id stands at `offset` is stored. */
  hasAt(ids: Uint8Array, offset: number): boolean {
    return this.#database.has(ids.subarray(offset, offset + hashBytesLength));
  }

  /** Returns the ids of the column that are not stored, in order. */
  findMissing(ids: Uint8Array): Uint8Array {
    const missing: Uint8Array[] = [];
    for (let offset = 0; offset < ids.length; offset += hashBytesLength) {
      if (!this.hasAt(ids, offset)) missing.push(ids.subarray(offset, offset + hashBytesLength));
    }
    return Buffer.concat(missing);
  }

  /** Says whether a stored node was made by another program. */
  isForeign(id: Hash): boolean {
    return this.#database.get(hashToBytes(id))?.[1] === 1;
  }

  /** Stores a node unless it is there; only inside a transaction. Large ones belong into packs. */
  put(id: Hash, blobs: NodeBlobs, origin: NodeOrigin = 'ours'): void {
    this.#putInline(hashToBytes(id), blobs, origin);
  }

  /** Stores nodes that are not there yet; only inside a transaction. */
  putColumns(columns: NodeColumns, origin: NodeOrigin = 'ours'): void {
    let at = 0;
    for (let row = 0; row < columns.count; row++) {
      const nodeEnd = at + (columns.nodeLengths[row] ?? 0);
      const end = nodeEnd + (columns.childrenLengths[row] ?? 0);
      const key = columns.ids.slice(row * hashBytesLength, (row + 1) * hashBytesLength);
      const node = columns.bytes.subarray(at, nodeEnd);
      this.#putInline(key, { node, children: columns.bytes.subarray(nodeEnd, end) }, origin);
      at = end;
    }
  }

  /** Makes nodes known that were appended to packs; other records are left out. Only inside the transaction that records the packs. */
  putPlaces(groups: readonly PackPlaces[], origin: NodeOrigin = 'ours'): void {
    for (const { packId, places } of groups) {
      for (let row = 0; row < places.count; row++) {
        if (places.kinds[row] !== recordKinds.node) continue;
        const key = places.hashes.slice(row * hashBytesLength, (row + 1) * hashBytesLength);
        if (this.#database.has(key)) continue;
        const value = Buffer.alloc(placeLength);
        value[0] = placeForm;
        value[1] = originNumber(origin);
        value[2] = places.codecs[row] ?? 0;
        value.writeUInt32LE(packId, 4);
        value.writeUInt32LE(places.offsets[row] ?? 0, 8);
        value.writeUInt32LE(places.storedLengths[row] ?? 0, 12);
        value.writeDoubleLE(places.rawLengths[row] ?? 0, 16);
        this.#database.put(key, value);
      }
    }
  }

  /** Removes a node; only inside a transaction. */
  remove(id: Hash): void {
    this.#database.remove(hashToBytes(id));
    this.#meta.remove(commitPrefix + id);
    this.#forget(id);
  }

  /** Iterates over the ids of all stored nodes. */
  *ids(): Generator<Hash> {
    for (const key of this.#database.keys({})) yield hashFromBytes(key);
  }

  /** Returns where the record of a node lies, undefined when it lies in LMDB or is not stored. */
  place(id: Hash): RecordPlace | undefined {
    const value = this.#database.get(hashToBytes(id));
    return value === undefined || value[0] !== placeForm ? undefined : placeOf(value);
  }

  /** Returns up to `limit` ids of stored commits whose text starts with `digits`, ascending. */
  commitsStartingWith(digits: string, limit: number): CommitId[] {
    const keys = this.#meta.keys(commitPrefix + digits).slice(0, limit);
    return keys.map((key) => key.slice(commitPrefix.length) as CommitId);
  }

  get #database(): CheckedDatabase {
    return this.#environment.database('nodes');
  }

  #putInline(key: Uint8Array, { node, children }: NodeBlobs, origin: NodeOrigin): void {
    if (this.#database.has(key)) return;
    const value = Buffer.alloc(headerLength + node.length + children.length);
    value[0] = inlineForm;
    value[1] = originNumber(origin);
    value.writeUInt32LE(node.length, 4);
    value.set(node, headerLength);
    value.set(children, headerLength + node.length);
    this.#database.put(key, value);
    if (node[0] === nodeTypes.commit) {
      this.#meta.put(commitPrefix + hashFromBytes(key), new Uint8Array(0));
    }
  }

  /** Reads a node from its pack; looks the place up again when gc has moved it meanwhile. */
  #readRecord(key: Uint8Array, value: Uint8Array): NodeBlobs {
    const place = placeOf(value);
    try {
      const record = this.#reader.read(place, { kind: recordKinds.node, hash: key });
      return decodeNodeBody(new Uint8Array(record.content));
    } catch (error) {
      if (!(error instanceof MissingPackError)) throw error;
      this.#environment.refresh();
      const moved = this.#database.get(key);
      if (moved === undefined || placeOf(moved).packId === place.packId) throw error;
      return this.#readRecord(key, moved);
    }
  }

  #keep(id: Hash, blobs: NodeBlobs): void {
    this.#cache.set(id, blobs);
    this.#cachedBytes += blobs.node.length + blobs.children.length;
    for (const oldest of this.#cache.keys()) {
      if (this.#cachedBytes <= cacheBytes || oldest === id) break;
      this.#forget(oldest);
    }
  }

  #forget(id: Hash): void {
    const blobs = this.#cache.get(id);
    if (blobs === undefined) return;
    this.#cache.delete(id);
    this.#cachedBytes -= blobs.node.length + blobs.children.length;
  }
}

function originNumber(origin: NodeOrigin): number {
  return origin === 'ours' ? 0 : 1;
}

function inlineBlobs(value: Uint8Array): NodeBlobs {
  const copy = new Uint8Array(value);
  const nodeEnd = headerLength + new DataView(copy.buffer).getUint32(4, true);
  return { node: copy.subarray(headerLength, nodeEnd), children: copy.subarray(nodeEnd) };
}

function placeOf(value: Uint8Array): RecordPlace {
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  return {
    kind: recordKinds.node,
    codec: value[2] ?? 0,
    packId: view.getUint32(4, true),
    offset: view.getUint32(8, true),
    storedLength: view.getUint32(12, true),
    rawLength: view.getFloat64(16, true),
  };
}
