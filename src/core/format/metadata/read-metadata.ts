/**
 * Reads what a file's node says about its content beyond its bytes (merkle-format.md, section 2.3). Files in memory are read
 * at once; large ones through random access, or block by block where the whole content counts. Damaged or unknown content
 * has no metadata and is never an error; what is read of it is bounded.
 */
import type { DataType, FileMetadata } from '../../model/node.js';
import { type ByteSource, memorySource } from './byte-source.js';
import { readImageSize } from './image-size.js';
import { countText } from './text-counts.js';

/** What is known of a file from its name and its first bytes: the answer of `classify`, or a part of it. */
export interface FileKind {
  readonly dataType: DataType;
  readonly extension: string;
}

/** Metadata with the data type that it leads to: a table without metadata is `binary`. */
export interface MetadataResult {
  readonly metadata: FileMetadata | undefined;
  readonly dataType: DataType;
}

/** Counts line feeds and characters of a text; `HashKernel.textStatsAt` where the bytes lie in its memory. */
export type TextCounter = (bytes: Uint8Array) => {
  readonly newlineCount: number;
  readonly characterCount: number;
};

/** What may be passed to the readers. */
export interface MetadataOptions {
  readonly countText?: TextCounter; // default: a plain loop
}

/** Returns the metadata of a file that is wholly in memory. */
export function readMetadata(
  kind: FileKind,
  bytes: Uint8Array,
  options: MetadataOptions = {},
): MetadataResult {
  if (kind.dataType === 'text') {
    const counts = (options.countText ?? countText)(bytes);
    return { metadata: textMetadata(counts), dataType: 'text' };
  }
  return readMetadataFrom(kind, memorySource(bytes));
}

/** Returns the metadata of a file that is read piece by piece. */
export function readMetadataFrom(kind: FileKind, source: ByteSource): MetadataResult {
  const metadata = readOrNothing(kind, source);
  const isUnreadTable = kind.dataType === 'tabular' && metadata === undefined;
  return { metadata, dataType: isUnreadTable ? 'binary' : kind.dataType };
}

/** Returns the metadata of a text from its counts. */
export function textMetadata(counts: {
  readonly newlineCount: number;
  readonly characterCount: number;
}): FileMetadata {
  return { kind: 'text', lineCount: counts.newlineCount + 1, charCount: counts.characterCount };
}

function readOrNothing(kind: FileKind, source: ByteSource): FileMetadata | undefined {
  switch (kind.dataType) {
    case 'image': {
      const size = readImageSize(source);
      return size && { kind: 'image', ...size };
    }
    default:
      return undefined;
  }
}
