/**
 * Our rule for the ids of directories and vnodes: plain Merkle hashes of names and contents, so that equal data have equal ids
 * in every repository, at any time and from any machine (docs/design.md). Everything else that a payload says
 * (times, types, derived metadata, counters, the last commit) is a hint and does not enter.
 *
 * | id | hash of |
 * |---|---|
 * | vnode | "vnode", full path of the directory, 00, then for each entry in ascending byte order of the names: |
 * | | kind byte (0 directory, 1 file), name, 00, then |
 * | | of a file: content hash, size (u64 LE), hash of the user's metadata or zeros; of a directory: its id |
 * | directory | "dir", full path of the directory, 00, the ids of its vnodes in order of their buckets |
 *
 * Hashes stand as 16 little-endian bytes.
 */
import { HashBuilder } from '../format/hashing.js';
import { hashBytesLength } from '../model/hash.js';
import { entryKinds } from '../model/node.js';
import type { RepoPath } from '../model/path.js';

const builder = new HashBuilder();
const noHash = new Uint8Array(hashBytesLength);

/** Composes the id of one vnode after the other: `start`, its entries in order, `finish`. */
export class VNodeIdBuilder {
  readonly #builder = new HashBuilder();

  /** Begins a vnode of `directory`. */
  start(directory: RepoPath): void {
    this.#builder.reset().text('vnode').text(directory).byte(0);
  }

  /** Appends a file: `name` in UTF-8, its content hash at `offset` of `hashes`. It has no metadata of the user. */
  file(name: Uint8Array, hashes: Uint8Array, offset: number, sizeBytes: number): void {
    this.fileWithMetadata(name, hashes, offset, sizeBytes, noHash);
  }

  /** Appends a file with the hash of the metadata that the user set (16 bytes; zeros: none). */
  fileWithMetadata(
    name: Uint8Array,
    hashes: Uint8Array,
    offset: number,
    sizeBytes: number,
    userMetadataHash: Uint8Array,
  ): void {
    this.#builder.byte(entryKinds.file).bytes(name).byte(0);
    this.#builder.hashAt(hashes, offset).u64(sizeBytes).hashAt(userMetadataHash, 0);
  }

  /** Appends a directory: `name` in UTF-8, its id at `offset` of `dirIds`. */
  dir(name: Uint8Array, dirIds: Uint8Array, offset: number): void {
    this.#builder.byte(entryKinds.dir).bytes(name).byte(0).hashAt(dirIds, offset);
  }

  /** Writes the id into `out` at `outOffset`: 16 bytes, little-endian. */
  finish(out: Uint8Array, outOffset: number): void {
    this.#builder.digestInto(out, outOffset);
  }
}

/**
 * Writes the id of `directory` into `out` at `outOffset`: 16 bytes, little-endian.
 * @param vnodeIds ids of its vnodes in order of their buckets, 16 bytes each; empty for an empty directory
 */
export function dirIdInto(
  directory: RepoPath,
  vnodeIds: Uint8Array,
  out: Uint8Array,
  outOffset: number,
): void {
  builder.reset().text('dir').text(directory).byte(0).bytes(vnodeIds).digestInto(out, outOffset);
}
