/**
 * Contents of files by their hash. Small ones are records of packs, large ones manifests: lists of chunks, which are
 * records too and are shared between files. This class knows where they lie and reads them; they are written by jobs
 * (`pack-writer`) or by a `ContentSink`, and become known through `putPlaces`.
 */
import { StreamingHash } from '../format/hashing.js';
import { decodeManifest, type Manifest, recordKinds } from '../format/pack-record.js';
import { IntegrityError, NotFoundError } from '../model/errors.js';
import { type Hash, hashBytesLength, hashToBytes } from '../model/hash.js';
import type { ContentPieces, PlaceColumns } from '../model/jobs.js';
import type { CheckedDatabase } from './checked-database.js';
import type { StoreEnvironment } from './environment.js';
import { orderOfHashes } from './hash-order.js';
import { type ExpectedRecord, MissingPackError, type PackReader } from './pack-reader.js';
import { joinPieces, noPieces, piecesBetween } from './piece-columns.js';
import { decodePlaceRow, encodePlaceRow, placeRowLength, type RecordPlace } from './place-row.js';

/** Contents by hash, wherever they are kept. Columns hold 16 little-endian bytes a hash. */
export interface VersionStore {
  /** Returns the hashes of the column that are not stored, in order. */
  missing(hashes: Uint8Array): Promise<Uint8Array>;
  /** Returns the sizes in bytes of the contents of the column, -1 for those that are not stored. */
  sizes(hashes: Uint8Array): Promise<Float64Array>;
  /**
   * Streams a content in pieces of at most some MiB, each checked before it is given out.
   * @throws NotFoundError when it is not stored
   * @throws IntegrityError when it is damaged; what came before is right, but not the whole
   */
  readContent(hash: Hash): AsyncIterable<Uint8Array>;
}

/** Where the contents of a column of hashes lie. */
export interface VersionPlaces {
  readonly count: number;
  readonly kinds: Uint8Array; // record kinds; 0 where a content is not stored
  readonly codecs: Uint8Array;
  readonly packIds: Uint32Array;
  readonly offsets: Uint32Array;
  readonly storedLengths: Uint32Array;
  readonly rawLengths: Float64Array; // bytes of the contents
}

/** New records of one pack. */
export interface PackPlaces {
  readonly packId: number;
  readonly places: PlaceColumns;
}

/** A stored content or chunk. */
export interface StoredPlace {
  readonly hash: Uint8Array; // 16 bytes
  readonly place: RecordPlace;
}

/** The pieces of several contents, one after the other. */
export interface PieceLists {
  readonly pieceCounts: Uint32Array; // pieces of each content; 0 where a content or one of its chunks is not stored
  readonly pieces: ContentPieces;
}

/** Contents in packs, found through the databases `versions` and `chunks`. */
export class PackVersionStore implements VersionStore {
  readonly #environment: StoreEnvironment;
  readonly #reader: PackReader;

  constructor(environment: StoreEnvironment, reader: PackReader) {
    this.#environment = environment;
    this.#reader = reader;
  }

  /** Whether no content is stored at all. */
  get isEmpty(): boolean {
    return this.#contentRows.count() === 0;
  }

  /** Number of stored contents. */
  get contentCount(): number {
    return this.#contentRows.count();
  }

  /** Number of stored chunks. */
  get chunkCount(): number {
    return this.#chunkRows.count();
  }

  /** Says whether a content is stored. */
  has(hash: Hash): boolean {
    return this.#contentRows.has(hashToBytes(hash));
  }

  /** As `has`, for the 16 bytes of a hash. */
  hasContent(hash: Uint8Array): boolean {
    return this.#contentRows.has(hash);
  }

  /**
   * Returns where a content lies, undefined when it is not stored.
   * @throws IntegrityError when the row is damaged
   */
  place(hash: Hash): RecordPlace | undefined {
    return lookup(this.#contentRows, hashToBytes(hash));
  }

  /**
   * Returns where contents lie.
   * @throws IntegrityError when a row is damaged
   */
  places(hashes: Uint8Array): VersionPlaces {
    return placesIn(this.#contentRows, hashes);
  }

  /** As `places`, for chunks. */
  chunkPlaces(hashes: Uint8Array): VersionPlaces {
    return placesIn(this.#chunkRows, hashes);
  }

  /** Returns the hashes of the column that are not stored, in order; inside a transaction as it stands there. */
  findMissing(hashes: Uint8Array): Uint8Array {
    return findMissingIn(this.#contentRows, hashes);
  }

  /** As `findMissing`, for chunks. */
  findMissingChunks(hashes: Uint8Array): Uint8Array {
    return findMissingIn(this.#chunkRows, hashes);
  }

  async missing(hashes: Uint8Array): Promise<Uint8Array> {
    return this.findMissing(hashes);
  }

  async sizes(hashes: Uint8Array): Promise<Float64Array> {
    const { kinds, rawLengths } = this.places(hashes);
    return rawLengths.map((length, row) => (kinds[row] === 0 ? -1 : length));
  }

  /**
   * Makes new contents, manifests and chunks known; nodes among the records are left out. Only inside the transaction
   * of `PackAllocator.commit`. A content that is known already is from now on read from its new place.
   */
  putPlaces(groups: readonly PackPlaces[]): void {
    const rows = flatten(groups);
    const order = orderOfHashes(rows.hashes);
    const value = new Uint8Array(placeRowLength);
    const view = new DataView(value.buffer);
    for (const row of order) {
      const group = groups[rows.groups[row] ?? 0];
      if (group === undefined) continue;
      const place = placeAt(group, rows.rows[row] ?? 0);
      if (place.kind === recordKinds.node) continue;
      encodePlaceRow(place, view);
      const database = place.kind === recordKinds.chunk ? this.#chunkRows : this.#contentRows;
      database.put(hashAt(rows.hashes, row), value);
    }
  }

  /** Iterates over all contents; reading and writing meanwhile is allowed. @throws IntegrityError when a row is damaged */
  contents(): Generator<StoredPlace> {
    return eachPlace(this.#contentRows);
  }

  /** Iterates over all chunks; reading and writing meanwhile is allowed. @throws IntegrityError when a row is damaged */
  chunks(): Generator<StoredPlace> {
    return eachPlace(this.#chunkRows);
  }

  /** Forgets contents, and chunks, of columns of hashes; their records become garbage. Only inside a transaction. */
  remove(contents: Uint8Array, chunks: Uint8Array): void {
    for (let row = 0; row * hashBytesLength < contents.length; row++) {
      this.#contentRows.remove(hashAt(contents, row));
    }
    for (let row = 0; row * hashBytesLength < chunks.length; row++) {
      this.#chunkRows.remove(hashAt(chunks, row));
    }
  }

  /**
   * Returns the chunks of a content that is stored as a manifest.
   * @throws NotFoundError when it is not stored or is one record; IntegrityError when it is damaged
   */
  readManifest(hash: Hash): Manifest {
    const bytes = hashToBytes(hash);
    const place = lookup(this.#contentRows, bytes);
    if (place?.kind !== recordKinds.manifest) {
      throw new NotFoundError(`No list of chunks is stored for content ${hash}.`);
    }
    return decodeManifest(this.#read(this.#contentRows, place, bytes));
  }

  /**
   * Returns where all bytes of the given contents lie, chunk by chunk; columns may be views of `hashes`.
   * @param pieceLimit number of pieces after which the contents that follow are left out: there are fewer counts then
   * @throws IntegrityError when a row or a manifest is damaged
   */
  pieces(hashes: Uint8Array, pieceLimit = Number.POSITIVE_INFINITY): PieceLists {
    const places = this.places(hashes);
    const contents = { ...places, hashes };
    const pieceCounts = new Uint32Array(places.count).fill(1);
    const parts: ContentPieces[] = [];
    let [row, next, total] = [0, 0, 0]; // `next`: the first row that is in no part yet
    for (; row < places.count && total < pieceLimit; row++) {
      const kind = places.kinds[row] ?? 0;
      if (kind === recordKinds.content) {
        total++;
        continue;
      }
      const chunks = kind === 0 ? noPieces : this.#chunksOf(contents, row);
      parts.push(piecesBetween(contents, next, row), chunks);
      pieceCounts[row] = chunks.kinds.length;
      total += chunks.kinds.length;
      next = row + 1;
    }
    parts.push(piecesBetween(contents, next, row));
    return { pieceCounts: pieceCounts.subarray(0, row), pieces: joinPieces(parts) };
  }

  /**
   * Returns the bytes of one of the pieces that `pieces` found.
   * @throws IntegrityError when it is damaged or missing
   */
  readPiece(pieces: ContentPieces, row: number): Uint8Array {
    const hash = hashAt(pieces.hashes, row);
    const place = {
      kind: pieces.kinds[row] ?? 0,
      codec: pieces.codecs[row] ?? 0,
      packId: pieces.packIds[row] ?? 0,
      offset: pieces.offsets[row] ?? 0,
      storedLength: pieces.storedLengths[row] ?? 0,
      rawLength: pieces.rawLengths[row] ?? 0,
    };
    return this.#read(
      place.kind === recordKinds.chunk ? this.#chunkRows : this.#contentRows,
      place,
      hash,
    );
  }

  async *readContent(hash: Hash): AsyncGenerator<Uint8Array> {
    const bytes = hashToBytes(hash);
    const place = this.#require(hash, bytes);
    const content = this.#read(this.#contentRows, place, bytes);
    if (place.kind === recordKinds.content) {
      yield content;
      return;
    }
    const { chunkHashes } = decodeManifest(content);
    const whole = new StreamingHash();
    for (let row = 0; row * hashBytesLength < chunkHashes.length; row++) {
      const chunk = this.#readChunk(hash, hashAt(chunkHashes, row));
      whole.update(chunk);
      yield chunk;
    }
    if (whole.digest() !== hash) throw wrongWhole(hash);
  }

  /**
   * Returns a whole content.
   * @throws NotFoundError when it is not stored; IntegrityError when it is damaged
   */
  readSmall(hash: Hash): Uint8Array {
    const bytes = hashToBytes(hash);
    const place = this.#require(hash, bytes);
    const content = this.#read(this.#contentRows, place, bytes);
    if (place.kind === recordKinds.content) return content;
    const { chunkHashes } = decodeManifest(content);
    const chunks: Uint8Array[] = [];
    for (let row = 0; row * hashBytesLength < chunkHashes.length; row++) {
      chunks.push(this.#readChunk(hash, hashAt(chunkHashes, row)));
    }
    const all = Buffer.concat(chunks);
    if (new StreamingHash().update(all).digest() !== hash) throw wrongWhole(hash);
    return all;
  }

  #require(hash: Hash, bytes: Uint8Array): RecordPlace {
    const place = lookup(this.#contentRows, bytes);
    if (place !== undefined) return place;
    throw new NotFoundError(`The content ${hash} is not stored.`, { hint: 'oxen fsck' });
  }

  #readChunk(owner: Hash, hash: Uint8Array): Uint8Array {
    const place = lookup(this.#chunkRows, hash);
    if (place !== undefined) return this.#read(this.#chunkRows, place, hash);
    throw new IntegrityError(`A chunk of content ${owner} is missing.`, { hint: 'oxen fsck' });
  }

  /** Returns a copy of a record's content; looks it up again when gc has moved it meanwhile. */
  #read(database: CheckedDatabase, place: RecordPlace, hash: Uint8Array): Uint8Array {
    const expected = { kind: place.kind, hash } as ExpectedRecord;
    try {
      return new Uint8Array(this.#reader.read(place, expected).content);
    } catch (error) {
      if (!(error instanceof MissingPackError)) throw error;
      this.#environment.refresh();
      const moved = lookup(database, hash);
      if (moved === undefined || moved.packId === place.packId) throw error;
      return this.#read(database, moved, hash);
    }
  }

  /** Returns the chunks of the content in a row; nothing when one of them is not stored. */
  #chunksOf(contents: ContentPieces, row: number): ContentPieces {
    const manifest = decodeManifest(this.readPiece(contents, row));
    const places = this.chunkPlaces(manifest.chunkHashes);
    return places.kinds.includes(0) ? noPieces : { ...places, hashes: manifest.chunkHashes };
  }

  get #contentRows(): CheckedDatabase {
    return this.#environment.database('versions');
  }

  get #chunkRows(): CheckedDatabase {
    return this.#environment.database('chunks');
  }
}

function wrongWhole(hash: Hash): IntegrityError {
  return new IntegrityError(`The chunks of content ${hash} do not make up that content.`, {
    hint: 'oxen fsck',
  });
}

function hashAt(hashes: Uint8Array, row: number): Uint8Array {
  return hashes.subarray(row * hashBytesLength, (row + 1) * hashBytesLength);
}

function lookup(database: CheckedDatabase, hash: Uint8Array): RecordPlace | undefined {
  const value = database.peek(hash);
  return value === undefined ? undefined : decodePlaceRow(value);
}

function placesIn(database: CheckedDatabase, hashes: Uint8Array): VersionPlaces {
  const count = hashes.length / hashBytesLength;
  const places = {
    count,
    kinds: new Uint8Array(count),
    codecs: new Uint8Array(count),
    packIds: new Uint32Array(count),
    offsets: new Uint32Array(count),
    storedLengths: new Uint32Array(count),
    rawLengths: new Float64Array(count),
  };
  for (const row of orderOfHashes(hashes)) {
    const place = lookup(database, hashAt(hashes, row));
    if (place === undefined) continue;
    places.kinds[row] = place.kind;
    places.codecs[row] = place.codec;
    places.packIds[row] = place.packId;
    places.offsets[row] = place.offset;
    places.storedLengths[row] = place.storedLength;
    places.rawLengths[row] = place.rawLength;
  }
  return places;
}

function* eachPlace(database: CheckedDatabase): Generator<StoredPlace> {
  for (const { key, value } of database.entries()) {
    yield { hash: key, place: decodePlaceRow(value) };
  }
}

/** Returns the number of records in the groups. */
export function rowCountOf(groups: readonly PackPlaces[]): number {
  return groups.reduce((sum, { places }) => sum + places.count, 0);
}

function findMissingIn(database: CheckedDatabase, hashes: Uint8Array): Uint8Array {
  const missing = new Uint8Array(hashes.length);
  let length = 0;
  for (let row = 0; row * hashBytesLength < hashes.length; row++) {
    const hash = hashAt(hashes, row);
    if (database.has(hash)) continue;
    missing.set(hash, length);
    length += hashBytesLength;
  }
  return missing.slice(0, length);
}

/** Puts the rows of all groups into one column of hashes, with the group and the row in it of each. */
function flatten(groups: readonly PackPlaces[]) {
  const count = rowCountOf(groups);
  const hashes = new Uint8Array(count * hashBytesLength);
  const groupOf = new Uint32Array(count);
  const rows = new Uint32Array(count);
  let start = 0;
  for (const [group, { places }] of groups.entries()) {
    hashes.set(places.hashes, start * hashBytesLength);
    groupOf.fill(group, start, start + places.count);
    for (let row = 0; row < places.count; row++) rows[start + row] = row;
    start += places.count;
  }
  return { hashes, groups: groupOf, rows };
}

function placeAt({ packId, places }: PackPlaces, row: number): RecordPlace {
  return {
    kind: places.kinds[row] ?? 0,
    codec: places.codecs[row] ?? 0,
    packId,
    offset: places.offsets[row] ?? 0,
    storedLength: places.storedLengths[row] ?? 0,
    rawLength: places.rawLengths[row] ?? 0,
  };
}
