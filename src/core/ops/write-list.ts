/**
 * The files that a verb is going to write, kept as columns from the moment they are planned until they are written: a million of them
 * are names and hashes, not objects. Small directories share a batch, large ones are cut: a batch is the work of one job.
 */
import { type Hash, hashBytesLength } from '../model/hash.js';
import { hashColumn } from '../model/hash-column.js';
import { joinNames, splitNames } from '../model/name-list.js';
import type { RepoPath } from '../model/path.js';

/** A file to write. */
export interface FileToWrite {
  readonly name: string;
  readonly hash: Hash;
  readonly sizeBytes: number;
}

/** Files of one directory that one job writes. */
export interface WritePart {
  readonly directory: RepoPath;
  readonly names: string; // joined by NUL, ascending
  readonly fileCount: number;
  readonly isWhole: boolean; // no other part writes files into this directory
}

/** About the work of one job. */
export interface WriteBatch {
  readonly parts: readonly WritePart[];
  readonly hashes: Uint8Array; // 16 bytes a file, part by part
}

const filesPerJob = 256;
const filesPerWholeDirectory = 2048;
const bytesPerJob = 64 << 20;

/** Collects files to write. */
export class WriteList {
  #fileCount = 0;
  readonly #batches: WriteBatch[] = [];
  #parts: WritePart[] = [];
  #hashes: Hash[] = [];
  #sizeBytes = 0;

  /** Number of files added so far. */
  get fileCount(): number {
    return this.#fileCount;
  }

  /** Adds the files of one directory, ascending by name; of each directory all at once. */
  add(directory: RepoPath, files: readonly FileToWrite[]): void {
    for (const part of cut(files)) {
      const names = joinNames(part.map(({ name }) => name));
      const isWhole = part.length === files.length;
      this.#parts.push({ directory, names, fileCount: part.length, isWhole });
      for (const { hash } of part) this.#hashes.push(hash);
      this.#fileCount += part.length;
      this.#sizeBytes += sizeOf(part);
      if (this.#hashes.length >= filesPerJob || this.#sizeBytes >= bytesPerJob) this.#seal();
    }
  }

  /** Returns all batches, in the order in which their files were added. */
  batches(): readonly WriteBatch[] {
    if (this.#parts.length > 0) this.#seal();
    return this.#batches;
  }

  #seal(): void {
    this.#batches.push({ parts: this.#parts, hashes: hashColumn(this.#hashes) });
    this.#parts = [];
    this.#hashes = [];
    this.#sizeBytes = 0;
  }
}

/** Yields the directories of the batches with all names that are written into each. */
export function* namesByDirectory(
  batches: readonly WriteBatch[],
): Generator<{ readonly directory: RepoPath; readonly names: string[] }> {
  let current: { directory: RepoPath; names: string[] } | undefined;
  for (const { directory, names } of batches.flatMap(({ parts }) => parts)) {
    if (current?.directory === directory) {
      for (const name of splitNames(names)) current.names.push(name);
      continue;
    }
    if (current !== undefined) yield current;
    current = { directory, names: splitNames(names) };
  }
  if (current !== undefined) yield current;
}

/** Returns the path and the hash column of the file that is number `row` of a batch. */
export function fileOfBatch({ parts, hashes }: WriteBatch, row: number) {
  const hash = hashes.subarray(row * hashBytesLength, (row + 1) * hashBytesLength);
  let start = 0;
  for (const { directory, names, fileCount } of parts) {
    if (row < start + fileCount) {
      return { directory, name: splitNames(names)[row - start] ?? '', hash };
    }
    start += fileCount;
  }
  throw new RangeError(`the batch has no file ${row}`);
}

/** Cuts the files of a large directory. */
function* cut(files: readonly FileToWrite[]): Generator<readonly FileToWrite[]> {
  if (files.length <= filesPerWholeDirectory && sizeOf(files) <= bytesPerJob) {
    if (files.length > 0) yield files;
    return;
  }
  let start = 0;
  let size = 0;
  for (const [index, { sizeBytes }] of files.entries()) {
    size += sizeBytes;
    const end = index + 1;
    if (end < files.length && end - start < filesPerJob && size < bytesPerJob) continue;
    yield files.slice(start, end);
    start = end;
    size = 0;
  }
}

function sizeOf(files: readonly FileToWrite[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
