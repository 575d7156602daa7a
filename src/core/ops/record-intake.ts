/**
 * Takes records that two of ours send each other (`wire/fast`), on either side: jobs check them and append them to packs, and
 * `commit` makes all of them durable and known at once. Nothing is known of what was taken before; a large content becomes known
 * only when its chunks were read as a whole. Nodes count as foreign until the new history was judged.
 */
import pLimit from 'p-limit';
import type { ReceivedManifest, StoreRecordsOutput } from '../model/arrival-jobs.js';
import { BusyError, IntegrityError, OxenError } from '../model/errors.js';
import { hashFromBytes } from '../model/hash.js';
import type { NodeColumns, PlaceColumns } from '../model/jobs.js';
import type { OpenRepository } from '../repository.js';
import type { PutNodeOptions } from '../store/node-store.js';
import { type PackPlaces, rowCountOf } from '../store/version-store.js';
import type { FrameBuffers } from '../wire/fast/frame-buffers.js';
import { NodeComparison } from './receive-nodes.js';
import { type ArrivalSurroundings, writeManifest } from './stream-arrival.js';

/** Records that were taken. */
export interface TakenRecords {
  readonly hashes: Uint8Array; // of all of them, 16 bytes each, in any order
  readonly packId: number;
  readonly places: PlaceColumns; // in that pack: contents, chunks and large nodes
  readonly nodes: NodeColumns; // small ones
}

/** Collects records for one commit; then it can be used again. */
export class RecordIntake {
  readonly #surroundings: ArrivalSurroundings;
  readonly #buffers: FrameBuffers | undefined;
  readonly #nodeOptions: PutNodeOptions;
  #places: PackPlaces[] = [];
  #nodes: NodeColumns[] = [];
  #manifests: ReceivedManifest[] = [];
  #verified: ReceivedManifest[] = [];

  /** @param buffers get the memory of records when they are stored */
  constructor(surroundings: ArrivalSurroundings, buffers?: FrameBuffers) {
    this.#surroundings = surroundings;
    this.#buffers = buffers;
    const comparison = new NodeComparison(surroundings.repository);
    this.#nodeOptions = {
      origin: 'foreign',
      onConflict: (id, stored, arriving) => comparison.keepSame(id, stored, arriving),
    };
  }

  /**
   * Takes records, which stand at the start of a buffer that is given away. Several calls may be under way.
   * @param kinds record kinds that may come
   * @throws IntegrityError when a record is not what it says; nothing of the payload is kept then
   */
  async take(
    records: Uint8Array<ArrayBuffer>,
    recordCount: number,
    kinds: readonly number[],
  ): Promise<TakenRecords> {
    const { packs, jobs } = this.#surroundings;
    const output = await packs.lendTo(async (slot) => {
      const memory = new Uint8Array(records.buffer);
      const input = { slot, memory, sizeBytes: records.length, recordCount, kinds };
      return { ...(await jobs.run('storeRecords', input, [memory.buffer])), packId: slot.packId };
    });
    this.#buffers?.giveBack(output.memory.buffer);
    return this.#collect(output.packId, output);
  }

  /** Returns the hashes of the chunks that the large contents taken so far lack, 16 bytes each; some may stand twice. */
  missingChunks(): Uint8Array {
    const { versions } = this.#surroundings.repository;
    const lacking = this.#manifests.map(({ chunkHashes }) =>
      versions.findMissingChunks(chunkHashes),
    );
    return new Uint8Array(Buffer.concat(lacking));
  }

  /**
   * Looks at the large contents taken so far, whose chunks must be known; those that are right become known by `commit`.
   * @throws IntegrityError when chunks are missing or do not make up the content
   */
  async verifyManifests(): Promise<void> {
    const { packs, jobs } = this.#surroundings;
    const manifests = this.#manifests;
    this.#manifests = [];
    const limit = pLimit(jobs.parallelism);
    await Promise.all(manifests.map((manifest) => limit(() => this.#verify(manifest))));
    for (const manifest of manifests) {
      const { slot, places } = await writeManifest(packs, manifest);
      this.#places.push({ packId: slot.packId, places });
      this.#verified.push(manifest);
    }
  }

  /**
   * Makes everything taken durable and known, but for large contents that were not verified; after a failure some of it may be known.
   * @throws ConflictError when another node is stored under an id; BusyError when gc took a chunk of a large content
   * @throws OperationError when the disk fails
   */
  async commit(): Promise<void> {
    const { repository, packs } = this.#surroundings;
    const manifests = this.#verified;
    const places = this.#places;
    const nodes = this.#nodes;
    this.#verified = [];
    this.#places = [];
    this.#nodes = [];
    if (places.length + nodes.length === 0) return;
    const { parts, last } = packs.split(places);
    for (const part of parts) {
      await packs.commit(() => this.#putPlaces(part, []), rowCountOf(part));
    }
    const others = [...nodes.map(({ ids }) => ids), ...manifests.map((one) => one.chunkHashes)];
    await packs.commit(() => {
      for (const manifest of manifests) requireChunks(repository, manifest);
      for (const columns of nodes) repository.nodes.putColumns(columns, this.#nodeOptions);
      this.#putPlaces(last, others);
    }, rowCountOf(last));
  }

  /** Makes records known and notes that they arrived, and others; inside a transaction. */
  #putPlaces(groups: readonly PackPlaces[], others: readonly Uint8Array[]): void {
    const { repository, packs } = this.#surroundings;
    repository.versions.putPlaces(groups);
    repository.nodes.putPlaces(groups, this.#nodeOptions);
    packs.arrivals.note(Buffer.concat([...groups.map(({ places }) => places.hashes), ...others]));
  }

  #collect(packId: number, output: StoreRecordsOutput): TakenRecords {
    const { places, manifests, nodes } = output;
    if (places.count > 0) this.#places.push({ packId, places });
    if (nodes.count > 0) this.#nodes.push(nodes);
    this.#manifests.push(...manifests);
    const large = manifests.map(({ hash }) => hash);
    const hashes = Buffer.concat([places.hashes, nodes.ids, ...large]);
    return { hashes, packId, places, nodes };
  }

  async #verify({ hash, sizeBytes, chunkHashes }: ReceivedManifest): Promise<void> {
    const { repository, jobs } = this.#surroundings;
    const { versions, packDirectory } = repository;
    const name = hashFromBytes(hash);
    const places = versions.chunkPlaces(chunkHashes);
    if (places.kinds.includes(0)) {
      throw new IntegrityError(`The content ${name} arrived before its chunks.`);
    }
    const { packIds, offsets, storedLengths } = places;
    const input = { packDirectory, hashes: chunkHashes, packIds, offsets, storedLengths };
    const found = await jobs.run('hashPieces', input).catch((cause: unknown) => {
      // Where the packs lie is nothing for the other side.
      if (!(cause instanceof OxenError)) throw cause;
      throw new IntegrityError(`A chunk of the content ${name} cannot be read.`, { cause });
    });
    if (hashFromBytes(found.hash) === name && found.sizeBytes === sizeBytes) return;
    throw new IntegrityError(`The chunks of ${name} do not make up that content.`);
  }
}

function requireChunks({ versions }: OpenRepository, { chunkHashes }: ReceivedManifest): void {
  if (versions.findMissingChunks(chunkHashes).length === 0) return;
  throw new BusyError('Stored chunks were removed while a content was being added.', {
    hint: 'run the same command again',
  });
}
