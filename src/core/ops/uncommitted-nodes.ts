/**
 * Nodes that arrived and are not committed yet: what lies below them is found out without waiting for the disk. Small ones are
 * in memory until the commit, large ones in packs already.
 */
import { recordKinds } from '../format/pack-record.js';
import { type Hash, hashBytesLength, hashFromBytes } from '../model/hash.js';
import type { NodeColumns, PlaceColumns } from '../model/jobs.js';
import type { NodeBlobs } from '../model/node.js';
import { decodeNodeBody } from '../store/node-record.js';
import type { PackReader } from '../store/pack-reader.js';
import type { TakenRecords } from './record-intake.js';

/** Gives the blobs of nodes by id until they are forgotten. */
export class UncommittedNodes {
  readonly #reader: PackReader;
  readonly #nodes = new Map<Hash, () => NodeBlobs>();

  constructor(reader: PackReader) {
    this.#reader = reader;
  }

  /** Returns a node that was added, undefined for any other. @throws IntegrityError when its pack is damaged */
  read(id: Hash): NodeBlobs | undefined {
    return this.#nodes.get(id)?.();
  }

  /** Adds the nodes among the records. */
  add({ packId, places, nodes }: TakenRecords): void {
    this.#addSmall(nodes);
    for (let row = 0; row < places.count; row++) {
      if (places.kinds[row] !== recordKinds.node) continue;
      const id = hashFromBytes(places.hashes, row * hashBytesLength);
      this.#nodes.set(id, () => this.#readPlace(packId, places, row));
    }
  }

  /** Forgets all: they are stored now. */
  clear(): void {
    this.#nodes.clear();
  }

  #addSmall({ count, ids, nodeLengths, childrenLengths, bytes }: NodeColumns): void {
    let start = 0;
    for (let row = 0; row < count; row++) {
      const middle = start + (nodeLengths[row] ?? 0);
      const end = middle + (childrenLengths[row] ?? 0);
      const blobs = { node: bytes.subarray(start, middle), children: bytes.subarray(middle, end) };
      this.#nodes.set(hashFromBytes(ids, row * hashBytesLength), () => blobs);
      start = end;
    }
  }

  #readPlace(packId: number, places: PlaceColumns, row: number): NodeBlobs {
    const offset = places.offsets[row] ?? 0;
    const storedLength = places.storedLengths[row] ?? 0;
    const hash = places.hashes.subarray(row * hashBytesLength, (row + 1) * hashBytesLength);
    const expected = { kind: recordKinds.node, hash };
    const { content } = this.#reader.read({ packId, offset, storedLength }, expected);
    return decodeNodeBody(new Uint8Array(content));
  }
}
