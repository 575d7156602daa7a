/** Rows of the file index as verbs make them themselves, without having looked at the file. */
import {
  FileIndexRun,
  FileIndexRunBuilder,
  fileIndexFlags,
  unknownStat,
} from '../format/file-index-run.js';
import { type Hash, hashToBytes } from '../model/hash.js';
import { compareBytewise } from '../model/path.js';

/** A tracked file whose stat values are not known. */
export interface UnseenFile {
  readonly name: string;
  readonly hash: Hash;
  readonly sizeBytes: number;
}

/** Returns a run of rows without stat values: the files are read when they are looked at next. */
export function unseenRows(files: readonly UnseenFile[]): FileIndexRun {
  const builder = new FileIndexRunBuilder(files.length);
  for (const { name, hash, sizeBytes } of [...files].sort((a, b) =>
    compareBytewise(a.name, b.name),
  )) {
    const stat = { ...unknownStat, size: sizeBytes };
    builder.append(name, stat, hashToBytes(hash), fileIndexFlags.statInvalid);
  }
  return new FileIndexRun(builder.finish());
}
