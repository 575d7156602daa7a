/**
 * The nodes of the Merkle tree by id: commits, directories, vnodes. A node that is stored is never replaced blindly: whoever puts
 * one under a known id is asked what to do when the bytes differ. Ids of commits are listed in `meta` as well, so that
 * abbreviated ids can be looked up.
 */
import { recordKinds } from '../format/pack-record.js';
import { IntegrityError } from '../model/errors.js';
import {
  type CommitId,
  type Hash,
  hashBytesLength,
  hashFromBytes,
  hashToBytes,
} from '../model/hash.js';
import type { NodeColumns } from '../model/jobs.js';
import { type NodeBlobs, nodeTypes } from '../model/node.js';
import { type CheckedDatabase, prefixRange } from './checked-database.js';
import type { StoreEnvironment } from './environment.js';
import { NodeCache } from './node-cache.js';
import { decodeNodeBody } from './node-record.js';
import {
  decodeNodeRow,
  encodeBlobsRow,
  encodeNodePlaceRow,
  type NodeOrigin,
  type NodeRow,
} from './node-row.js';
import { MissingPackError, type PackReader } from './pack-reader.js';
import type { RecordPlace } from './place-row.js';
import type { PackPlaces } from './version-store.js';

/** A node with its id. */
export interface IdentifiedNode {
  readonly id: Hash;
  readonly blobs: NodeBlobs;
}

/** Nodes by id, wherever they are kept. */
export interface NodeStore {
  /** Returns the nodes of a column of ids, in order, undefined for those that are not stored. */
  getMany(ids: Uint8Array): Promise<(NodeBlobs | undefined)[]>;
  /** Returns the ids of the column that are not stored, in order. */
  missing(ids: Uint8Array): Promise<Uint8Array>;
  /** Stores nodes durably; all or none. */
  putMany(nodes: readonly IdentifiedNode[], options?: PutNodeOptions): Promise<void>;
}

/**
 * Decides about a node that arrives under a known id with other bytes: keep the stored one, replace it, or throw.
 * Two nodes that differ only in hints are the same node (`tree/node-difference`).
 */
export type NodeConflict = (id: Hash, stored: NodeBlobs, arriving: NodeBlobs) => 'keep' | 'replace';

/** Settings for putting nodes. */
export interface PutNodeOptions {
  readonly origin?: NodeOrigin; // `ours` when absent
  readonly onConflict?: NodeConflict; // keeps what is stored when absent
}

/** A stored node and where it lies. */
export interface StoredNode {
  readonly id: Uint8Array; // 16 bytes
  readonly place: RecordPlace | undefined; // undefined: the blobs are in the row
  readonly rowBytes: number; // key and row in the database
}

/** Settings of the local store of nodes. */
export interface NodeStoreOptions {
  readonly cacheBytes?: number;
}

const defaultCacheBytes = 16 * 1024 * 1024;
const commitPrefix = 'commit/';
const nothing = new Uint8Array(0);

/** Nodes in the database `nodes`, large ones in packs. Writing happens in the running transaction, or else in one of its own. */
export class LmdbNodeStore implements NodeStore {
  readonly #environment: StoreEnvironment;
  readonly #reader: PackReader;
  readonly #cache: NodeCache;

  constructor(environment: StoreEnvironment, reader: PackReader, options: NodeStoreOptions = {}) {
    this.#environment = environment;
    this.#reader = reader;
    this.#cache = new NodeCache(options.cacheBytes ?? defaultCacheBytes);
  }

  /**
   * Returns a node, undefined when it is not stored. The blobs may be shared with others: do not change them.
   * @throws IntegrityError when it is damaged
   */
  read(id: Hash): NodeBlobs | undefined {
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    const key = hashToBytes(id);
    const row = this.#row(key);
    if (row === undefined) return undefined;
    const blobs = this.#blobsOf(key, row);
    if (!this.#environment.isInTransaction) this.#cache.put(id, blobs);
    return blobs;
  }

  /** Says whether a node is stored. */
  has(id: Hash): boolean {
    return this.#nodes.has(hashToBytes(id));
  }

  /** Says whether the node whose id stands at `offset` of a column is stored. */
  hasAt(ids: Uint8Array, offset: number): boolean {
    return this.#nodes.has(ids.subarray(offset, offset + hashBytesLength));
  }

  /** Returns who made a stored node, undefined when it is not stored. */
  origin(id: Hash): NodeOrigin | undefined {
    return this.#row(hashToBytes(id))?.origin;
  }

  /** Says whether a stored node was made by another program. */
  isForeign(id: Hash): boolean {
    return this.origin(id) === 'foreign';
  }

  /** Returns a node as it lies in the database: its blobs, or where its record lies; undefined when it is not stored. */
  row(id: Hash): NodeRow | undefined {
    return this.#row(hashToBytes(id));
  }

  /** Returns the ids of the column that are not stored, in order; inside a transaction as it stands there. */
  findMissing(ids: Uint8Array): Uint8Array {
    const missing: Uint8Array[] = [];
    for (const id of eachHash(ids)) if (!this.#nodes.has(id)) missing.push(id);
    return new Uint8Array(Buffer.concat(missing));
  }

  /** Returns up to `limit` ids of stored commits whose text starts with `digits`, ascending. */
  commitsStartingWith(digits: string, limit: number): CommitId[] {
    const range = prefixRange(Buffer.from(commitPrefix + digits));
    const keys = this.#environment.database('meta').keys({ ...range, limit });
    return Array.from(keys, (key) => Buffer.from(key).toString().slice(commitPrefix.length)).map(
      (text) => text as CommitId,
    );
  }

  /** Iterates over the ids of all nodes. */
  *ids(): Generator<Hash> {
    for (const key of this.#nodes.keys()) yield hashFromBytes(key);
  }

  /** Number of stored nodes. */
  get count(): number {
    return this.#nodes.count();
  }

  /** Iterates over all nodes with what they take; reading and writing meanwhile is allowed. @throws IntegrityError when a row is damaged */
  *rows(): Generator<StoredNode> {
    for (const { key, value } of this.#nodes.entries()) {
      const row = decodeNodeRow(value);
      const place = row.form === 'place' ? row.place : undefined;
      yield { id: key, place, rowBytes: key.length + value.length };
    }
  }

  /** Puts one node; it goes into the database whatever its size. */
  put(id: Hash, blobs: NodeBlobs, options: PutNodeOptions = {}): void {
    this.#environment.transaction(() => this.#putBlobs(hashToBytes(id), blobs, options));
  }

  /** Puts the nodes of columns. */
  putColumns(columns: NodeColumns, options: PutNodeOptions = {}): void {
    this.#environment.transaction(() => {
      let start = 0;
      for (let row = 0; row < columns.count; row++) {
        const middle = start + (columns.nodeLengths[row] ?? 0);
        const end = middle + (columns.childrenLengths[row] ?? 0);
        const blobs = {
          node: columns.bytes.subarray(start, middle),
          children: columns.bytes.subarray(middle, end),
        };
        this.#putBlobs(hashAt(columns.ids, row), blobs, options);
        start = end;
      }
    });
  }

  /** Puts nodes whose records lie in packs; other kinds of records are left out. Part of `PackAllocator.commit`. */
  putPlaces(groups: readonly PackPlaces[], options: PutNodeOptions = {}): void {
    this.#environment.transaction(() => {
      for (const { key, place } of eachNodePlace(groups)) this.#putPlace(key, place, options);
    });
  }

  /** Points nodes to the records that gc has copied for them; what is no longer stored as a record is left as it is. */
  movePlaces(groups: readonly PackPlaces[]): void {
    this.#environment.transaction(() => {
      for (const { key, place } of eachNodePlace(groups)) {
        const row = this.#row(key);
        if (row?.form === 'place') this.#nodes.put(key, encodeNodePlaceRow(place, row.origin));
      }
    });
  }

  /** Records who made a stored node, once its id was recomputed; inside the running transaction, or else in one of its own. */
  setOrigin(id: Hash, origin: NodeOrigin): void {
    this.#environment.transaction(() => {
      const key = hashToBytes(id);
      const row = this.#row(key);
      if (row === undefined || row.origin === origin) return;
      const isPlace = row.form === 'place';
      const value = isPlace
        ? encodeNodePlaceRow(row.place, origin)
        : encodeBlobsRow(row.blobs, origin);
      this.#nodes.put(key, value);
    });
  }

  /** Removes a node; says whether it was stored. */
  remove(id: Hash): boolean {
    this.#cache.delete(id);
    return this.#environment.transaction(() => {
      this.#environment.database('meta').remove(Buffer.from(commitPrefix + id));
      return this.#nodes.remove(hashToBytes(id));
    });
  }

  async getMany(ids: Uint8Array): Promise<(NodeBlobs | undefined)[]> {
    return Array.from(eachHash(ids), (id) => this.read(hashFromBytes(id)));
  }

  async missing(ids: Uint8Array): Promise<Uint8Array> {
    return this.findMissing(ids);
  }

  async putMany(nodes: readonly IdentifiedNode[], options: PutNodeOptions = {}): Promise<void> {
    this.#environment.transaction(() => {
      for (const { id, blobs } of nodes) this.#putBlobs(hashToBytes(id), blobs, options);
    });
  }

  get #nodes(): CheckedDatabase {
    return this.#environment.database('nodes');
  }

  #row(key: Uint8Array): NodeRow | undefined {
    const value = this.#nodes.get(key);
    return value === undefined ? undefined : decodeNodeRow(value);
  }

  #blobsOf(key: Uint8Array, row: NodeRow): NodeBlobs {
    return row.form === 'blobs' ? row.blobs : this.#readPlace(key, row.place);
  }

  #readPlace(key: Uint8Array, place: RecordPlace): NodeBlobs {
    try {
      const { content } = this.#reader.read(place, { kind: recordKinds.node, hash: key });
      return decodeNodeBody(new Uint8Array(content));
    } catch (error) {
      if (!(error instanceof MissingPackError)) throw error;
      this.#environment.refresh();
      const row = this.#row(key);
      if (row === undefined || (row.form === 'place' && row.place.packId === place.packId)) {
        throw error;
      }
      return this.#blobsOf(key, row);
    }
  }

  #putBlobs(key: Uint8Array, blobs: NodeBlobs, options: PutNodeOptions): void {
    if (!this.#shouldPut(key, () => blobs, options)) return;
    this.#nodes.put(key, encodeBlobsRow(blobs, options.origin ?? 'ours'));
    if (blobs.node[0] === nodeTypes.commit) {
      const commitKey = Buffer.from(commitPrefix + hashFromBytes(key));
      this.#environment.database('meta').put(commitKey, nothing);
    }
  }

  #putPlace(key: Uint8Array, place: RecordPlace, options: PutNodeOptions): void {
    if (!this.#shouldPut(key, () => this.#readPlace(key, place), options)) return;
    this.#nodes.put(key, encodeNodePlaceRow(place, options.origin ?? 'ours'));
  }

  /** Says whether a node is to be written: it is new, or its bytes differ and the caller wants them replaced. */
  #shouldPut(key: Uint8Array, arriving: () => NodeBlobs, options: PutNodeOptions): boolean {
    if (!this.#nodes.has(key)) return true;
    if (options.onConflict === undefined) return false;
    const row = this.#row(key);
    if (row === undefined) return true;
    const id = hashFromBytes(key);
    const stored = this.#storedBlobs(key, row);
    if (stored !== undefined) {
      const blobs = arriving();
      const decision = isSame(stored, blobs) ? 'keep' : options.onConflict(id, stored, blobs);
      if (decision === 'keep') return false;
    }
    this.#cache.delete(id);
    return true;
  }

  /** Returns the blobs of a row, undefined when they are damaged: then any other node is better. */
  #storedBlobs(key: Uint8Array, row: NodeRow): NodeBlobs | undefined {
    try {
      return this.#blobsOf(key, row);
    } catch (error) {
      if (error instanceof IntegrityError) return undefined;
      throw error;
    }
  }
}

function isSame(left: NodeBlobs, right: NodeBlobs): boolean {
  return (
    Buffer.compare(left.node, right.node) === 0 &&
    Buffer.compare(left.children, right.children) === 0
  );
}

function hashAt(hashes: Uint8Array, row: number): Uint8Array {
  return hashes.subarray(row * hashBytesLength, (row + 1) * hashBytesLength);
}

function* eachHash(hashes: Uint8Array): Generator<Uint8Array> {
  for (let row = 0; row * hashBytesLength < hashes.length; row++) yield hashAt(hashes, row);
}

function* eachNodePlace(
  groups: readonly PackPlaces[],
): Generator<{ key: Uint8Array; place: RecordPlace }> {
  for (const { packId, places } of groups) {
    for (let row = 0; row < places.count; row++) {
      if (places.kinds[row] !== recordKinds.node) continue;
      const place = {
        kind: recordKinds.node,
        codec: places.codecs[row] ?? 0,
        packId,
        offset: places.offsets[row] ?? 0,
        storedLength: places.storedLengths[row] ?? 0,
        rawLength: places.rawLengths[row] ?? 0,
      };
      yield { key: hashAt(places.hashes, row), place };
    }
  }
}
