/**
 * Compares two versions of a file, wherever they come from: texts by line, tables by row, images by their dimensions, anything else by the
 * fact that it differs.
 */
import { diffKindOf, tableFormatOf } from '../diff/file-kind.js';
import { diffImages, type ImageDiff, type ImageFacts } from '../diff/image-diff.js';
import { diffText, maxDiffBytes, type TextDiff } from '../diff/text-diff.js';
import { classify, headBytes } from '../format/file-type.js';
import { memorySource } from '../format/metadata/byte-source.js';
import { readImageSize } from '../format/metadata/image-size.js';
import { decodeMetadata } from '../format/metadata/metadata-codec.js';
import { InvalidInputError } from '../model/errors.js';
import type { Hash } from '../model/hash.js';
import type { OpenRepository } from '../repository.js';
import { readTable } from '../tabular/read-table.js';
import { diffTables, type TableDiff, type TableDiffOptions } from '../tabular/row-diff.js';
import { fileNodeOf, type TreeEntry } from '../tree/read.js';
import { readFileAt } from '../worktree/read-file.js';

/** One version of a file. */
export interface FileVersion {
  readonly sizeBytes: number;
  readonly dataType: string;
  readonly mimeType: string;
  readonly hash: Hash | undefined; // undefined: in the working tree, not hashed
}

/** In which way two versions differ. */
export type FileChange = TextDiff | TableDiff | ImageDiff;

/** A version with a way to its bytes. */
export interface VersionSide extends FileVersion {
  readonly name: string; // of the file; its end tells what it may be
  readonly image: ImageFacts | undefined;
  readonly read: () => Uint8Array | undefined; // undefined when it is too large
}

/** Returns the version that an entry of a stored tree names, undefined when it is no file. */
export function storedSide(
  { versions }: OpenRepository,
  entry: TreeEntry | undefined,
): VersionSide | undefined {
  if (entry?.kind !== 'file') return undefined;
  const { hash, sizeBytes, dataType, mimeType, metadata } = fileNodeOf(entry);
  const known = decodeMetadata(metadata, dataType);
  const size = known?.kind === 'image' ? known : undefined;
  const image = { sizeBytes, mimeType, width: size?.width, height: size?.height };
  const read = () => (sizeBytes > maxDiffBytes ? undefined : versions.readSmall(hash));
  return { name: entry.name, hash, sizeBytes, dataType, mimeType, image, read };
}

/** Returns the version at a path of the disk, undefined when no readable file is there. @param absolutePath of the file */
export function diskSide(absolutePath: string, isFollowed: boolean): VersionSide | undefined {
  const file = readFileAt(absolutePath, maxDiffBytes, isFollowed);
  if (file === undefined) return undefined;
  const { sizeBytes, bytes } = file;
  const name = absolutePath.slice(absolutePath.lastIndexOf('/') + 1);
  const { mimeType, dataType } = classify(
    (bytes ?? new Uint8Array(0)).subarray(0, headBytes),
    name,
  );
  const size =
    dataType === 'image' && bytes !== undefined ? readImageSize(memorySource(bytes)) : undefined;
  const image = { sizeBytes, mimeType, width: size?.width, height: size?.height };
  return { name, hash: undefined, sizeBytes, dataType, mimeType, image, read: () => bytes };
}

/**
 * Returns how two versions differ, at least one of which exists; undefined when they do not.
 * @throws InvalidInputError naming `path` when a table lacks a column that `options` names
 */
export async function compareVersions(
  path: string,
  left: VersionSide | undefined,
  right: VersionSide | undefined,
  options: TableDiffOptions,
): Promise<FileChange | undefined> {
  const facts = (side: VersionSide | undefined) =>
    side === undefined ? undefined : { name: side.name, dataType: side.dataType };
  const kind = diffKindOf(facts(left), facts(right));
  if (left !== undefined && right !== undefined && isSameFile(left, right)) return undefined;
  if (kind === 'image') return diffImages(left?.image, right?.image);
  if (kind === 'binary') return { kind: 'binary' };
  const sides = [left, right];
  const contents = sides.map((side) => side?.read());
  if (sides.some((side, index) => side !== undefined && contents[index] === undefined)) {
    return { kind: 'too large' };
  }
  const tables = kind === 'table' ? await compareTables(path, sides, contents, options) : undefined;
  return tables ?? diffText(contents[0], contents[1]);
}

function isSameFile(left: VersionSide, right: VersionSide): boolean {
  if (left.sizeBytes !== right.sizeBytes) return false;
  if (left.hash !== undefined && right.hash !== undefined) return left.hash === right.hash;
  const [ours, theirs] = [left.read(), right.read()];
  return ours !== undefined && theirs !== undefined && Buffer.compare(ours, theirs) === 0;
}

/** Returns undefined when one of the versions is no table. */
async function compareTables(
  path: string,
  sides: readonly (VersionSide | undefined)[],
  contents: readonly (Uint8Array | undefined)[],
  options: TableDiffOptions,
): Promise<TableDiff | undefined> {
  const tables = [];
  for (const [index, bytes] of contents.entries()) {
    const format = tableFormatOf(sides[index]?.name ?? '');
    const read =
      bytes === undefined || format === undefined ? undefined : await readTable(bytes, format);
    if (bytes !== undefined && read?.kind !== 'table') return undefined;
    tables.push(read?.kind === 'table' ? read.table : undefined);
  }
  try {
    return diffTables(tables[0], tables[1], options);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const { message, hint } = error;
    throw new InvalidInputError(`${path}: ${message}`, {
      path,
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** Returns what is known of a version beside its bytes. */
export function versionOf(side: VersionSide | undefined): FileVersion | undefined {
  if (side === undefined) return undefined;
  const { sizeBytes, dataType, mimeType, hash } = side;
  return { sizeBytes, dataType, mimeType, hash };
}
