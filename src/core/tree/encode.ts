/**
 * Writes the nodes of a directory that a commit made: its new vnodes with the payloads of their entries, then the Dir node.
 * Entries that did not change keep their payload bytes; new files name the commit.
 */

import { encodeFileInto, FileColumns } from '../format/file-payload.js';
import { hashInto } from '../format/hashing.js';
import { MsgpackWriter } from '../format/msgpack.js';
import { writeVNode } from '../format/node-codec.js';
import {
  assembleNode,
  ChildList,
  childEnd,
  childHashOffset,
  childStart,
  childTypeAt,
} from '../format/node-file.js';
import { hashBytesLength, hashFromBytes } from '../model/hash.js';
import type { BuiltDirectory, DirectoryToEncode } from '../model/jobs.js';
import { dataTypes, nodeTypes } from '../model/node.js';
import { type Entry, planDirectory } from './directory-plan.js';

/** Takes a finished node; the blobs are valid until it returns. */
export type NodeReceiver = (id: Uint8Array, node: Uint8Array, children: Uint8Array) => void;

/** Writes the nodes of directories one after the other with the same buffers: most directories are small. */
export class DirectoryEncoder {
  readonly #entries: EntryEncoder;
  readonly #payloads = new MsgpackWriter(1024);
  readonly #children = new ChildList();

  /** @param commitId 16 bytes; becomes the last commit of every new or changed file */
  constructor(commitId: Uint8Array) {
    this.#entries = new EntryEncoder(commitId);
  }

  /**
   * Hands the new nodes of one directory to `receive`, vnodes first.
   * @throws IntegrityError when stored nodes or staged runs are damaged
   */
  encode(directory: DirectoryToEncode, receive: NodeReceiver): void {
    const { change, built } = directory;
    const { vnodeHashes } = built;
    const wanted = new Set(built.madeBuckets);
    for (const { bucket, entries } of planDirectory(change).buckets) {
      if (!wanted.has(bucket)) continue;
      const id = vnodeHashes.subarray(bucket * hashBytesLength, (bucket + 1) * hashBytesLength);
      this.#entries.encodeVNode(id, built.hash, entries, receive);
    }
    this.#listVNodes(built);
    const { dirPayload, parentId } = directory;
    const node = assembleNode(nodeTypes.dir, parentId, dirPayload, this.#children);
    receive(built.hash, node, this.#payloads.view());
  }

  /** Makes the children of the Dir node: the payloads of its vnodes in bucket order. */
  #listVNodes({ vnodeHashes, vnodeEntryCounts }: BuiltDirectory): void {
    const writer = this.#payloads;
    writer.reset();
    this.#children.reset();
    vnodeEntryCounts.forEach((entryCount, bucket) => {
      const start = writer.length;
      const offset = bucket * hashBytesLength;
      writeVNode(writer, { hash: hashFromBytes(vnodeHashes, offset), entryCount });
      this.#children.add(nodeTypes.vnode, vnodeHashes, offset, writer.length - start);
    });
  }
}

/** Encodes vnodes one after the other with the same buffers. */
class EntryEncoder {
  readonly #writer = new MsgpackWriter(1 << 16);
  readonly #vnodeWriter = new MsgpackWriter(64);
  readonly #children = new ChildList();
  readonly #file = new FileColumns();
  readonly #name = Buffer.alloc(1024);
  readonly #hashPair = new Uint8Array(2 * hashBytesLength);
  readonly #combined = new Uint8Array(hashBytesLength);

  constructor(commitId: Uint8Array) {
    this.#file.lastCommitId = commitId;
    this.#file.name = this.#name;
  }

  encodeVNode(
    id: Uint8Array,
    parentId: Uint8Array,
    entries: readonly Entry[],
    receive: NodeReceiver,
  ): void {
    this.#writer.reset();
    this.#children.reset();
    for (const entry of entries) this.#encodeEntry(entry);
    this.#vnodeWriter.reset();
    writeVNode(this.#vnodeWriter, { hash: hashFromBytes(id), entryCount: entries.length });
    const payload = this.#vnodeWriter.view();
    const node = assembleNode(nodeTypes.vnode, parentId, payload, this.#children);
    receive(id, node, this.#writer.view());
  }

  #encodeEntry(entry: Entry): void {
    const start = this.#writer.length;
    if (entry.kind === 'staged') {
      this.#encodeFile(entry.name, entry);
      this.#addChild(nodeTypes.file, entry.run.hashes, entry.row * hashBytesLength, start);
    } else if (entry.kind === 'directory') {
      this.#writer.raw(entry.change.payload);
      this.#addChild(nodeTypes.dir, entry.change.hash, 0, start);
    } else {
      this.#copyKept(entry, start);
    }
  }

  #addChild(type: 1 | 3, hashes: Uint8Array, offset: number, start: number): void {
    this.#children.add(type, hashes, offset, this.#writer.length - start);
  }

  #copyKept({ vnode, child }: Entry & { kind: 'kept' }, start: number): void {
    this.#writer.raw(vnode.children.subarray(childStart(vnode, child), childEnd(vnode, child)));
    const type = childTypeAt(vnode, child) === nodeTypes.dir ? nodeTypes.dir : nodeTypes.file;
    this.#addChild(type, vnode.node, childHashOffset(vnode, child), start);
  }

  #encodeFile(name: string, { run, row }: Entry & { kind: 'staged' }): void {
    const file = this.#file;
    file.nameEnd = this.#name.write(name);
    file.hash = run.hashes;
    file.hashOffset = row * hashBytesLength;
    file.sizeBytes = run.sizes[row] ?? 0;
    file.modifiedSeconds = run.mtimeSeconds[row] ?? 0;
    file.modifiedNanoseconds = run.mtimeNanoseconds[row] ?? 0;
    file.dataType = dataTypes[run.dataTypes[row] ?? 0] ?? 'binary';
    file.mimeType = run.mimeTypeAt(row);
    file.metadata = run.metadataAt(row);
    file.metadataEnd = file.metadata.length;
    if (run.hasMetadataHash[row] === 1) this.#combineHashes(run.hashes, run.metadataHashes, row);
    else this.#useContentHash();
    encodeFileInto(this.#writer, file);
  }

  /** The combined hash of a file without metadata is its content hash. */
  #useContentHash(): void {
    const file = this.#file;
    file.metadataHashOffset = -1;
    file.combinedHash = file.hash;
    file.combinedHashOffset = file.hashOffset;
  }

  #combineHashes(hashes: Uint8Array, metadataHashes: Uint8Array, row: number): void {
    const file = this.#file;
    const start = row * hashBytesLength;
    this.#hashPair.set(hashes.subarray(start, start + hashBytesLength));
    this.#hashPair.set(metadataHashes.subarray(start, start + hashBytesLength), hashBytesLength);
    hashInto(this.#hashPair, this.#combined, 0);
    file.metadataHash = metadataHashes;
    file.metadataHashOffset = start;
    file.combinedHash = this.#combined;
    file.combinedHashOffset = 0;
  }
}
