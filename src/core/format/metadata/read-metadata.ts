/**
 * Reads what a file's node says about its content beyond its bytes (merkle-format.md, section 2.3). Files in memory are read
 * at once; large ones through random access, or block by block where the whole content counts. Damaged or unknown content
 * has no metadata and is never an error; what is read of it is bounded.
 */
import type { DataType, FileMetadata } from '../../model/node.js';
import { readArrow } from './arrow-metadata.js';
import { secondsOf } from './audio-properties.js';
import { type ByteSource, memorySource } from './byte-source.js';
import { CsvCollector } from './csv-metadata.js';
import { readImageSize } from './image-size.js';
import { JsonLinesCollector, maxArrayBytes, readJsonArray } from './json-metadata.js';
import type { MetadataCollector, TextCounter } from './metadata-collector.js';
import { readVideo } from './mp4-video.js';
import { readParquet } from './parquet-metadata.js';
import { readAudio } from './read-audio.js';
import { TextCollector } from './text-collector.js';
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
  const count = options.countText ?? countText;
  if (kind.dataType === 'text') return { metadata: textMetadata(count(bytes)), dataType: 'text' };
  if (kind.dataType === 'tabular') return resultOf(kind, readTable(kind.extension, bytes, count));
  return readMetadataFrom(kind, memorySource(bytes));
}

const blockTables: ReadonlySet<string> = new Set(['csv', 'tsv', 'jsonl', 'ndjson']);

/**
 * Returns a collector for the blocks of a large file, undefined where `readMetadataFrom` reads a few places of it.
 * @param saved what `save` of a collector for the same file returned, to go on from there
 */
export function openCollector(
  { dataType, extension }: FileKind,
  options: MetadataOptions = {},
  saved?: Uint8Array,
): MetadataCollector | undefined {
  const count = options.countText ?? countText;
  if (dataType === 'text') {
    return saved ? TextCollector.restore(saved, count) : new TextCollector(count);
  }
  if (dataType !== 'tabular' || !blockTables.has(extension)) return undefined;
  if (extension === 'csv' || extension === 'tsv') {
    return saved
      ? CsvCollector.restore(saved, count)
      : new CsvCollector(extension === 'tsv', count);
  }
  return saved ? JsonLinesCollector.restore(saved, count) : new JsonLinesCollector(count);
}

/** Returns what a collector found, with the data type that follows. */
export function finishCollector(kind: FileKind, collector: MetadataCollector): MetadataResult {
  return resultOf(kind, collector.finish());
}

/** Returns the metadata of a large file that has no collector. */
export function readMetadataFrom(kind: FileKind, source: ByteSource): MetadataResult {
  return resultOf(kind, readFrom(kind, source));
}

function resultOf(kind: FileKind, metadata: FileMetadata | undefined): MetadataResult {
  const isUnreadTable = kind.dataType === 'tabular' && metadata === undefined;
  return { metadata, dataType: isUnreadTable ? 'binary' : kind.dataType };
}

/** Returns the metadata of a text from its counts. */
function textMetadata(counts: {
  readonly newlineCount: number;
  readonly characterCount: number;
}): FileMetadata {
  return { kind: 'text', lineCount: counts.newlineCount + 1, charCount: counts.characterCount };
}

/** The reader is chosen by the extension as it is written: `a.CSV` has none. */
function readTable(
  extension: string,
  bytes: Uint8Array,
  count: TextCounter,
): FileMetadata | undefined {
  switch (extension) {
    case 'csv':
    case 'tsv':
      return new CsvCollector(extension === 'tsv', count).readWhole(bytes);
    case 'jsonl':
    case 'ndjson': {
      const collector = new JsonLinesCollector(count);
      collector.update(bytes);
      return collector.finish();
    }
    default:
      return readTableFrom(extension, memorySource(bytes));
  }
}

function readTableFrom(extension: string, source: ByteSource): FileMetadata | undefined {
  switch (extension) {
    case 'json':
      return source.sizeBytes > maxArrayBytes
        ? undefined
        : readJsonArray(source.read(0, source.sizeBytes));
    case 'parquet':
      return readParquet(source);
    case 'arrow':
      return readArrow(source);
    default:
      return undefined;
  }
}

function readFrom(kind: FileKind, source: ByteSource): FileMetadata | undefined {
  switch (kind.dataType) {
    case 'image': {
      const size = readImageSize(source);
      return size && { kind: 'image', ...size };
    }
    case 'audio': {
      const audio = readAudio(source, kind.extension);
      if (audio === undefined) return undefined;
      const { milliseconds, channelCount, sampleRate } = audio;
      return { kind: 'audio', seconds: secondsOf(milliseconds), channelCount, sampleRate };
    }
    case 'video': {
      const video = readVideo(source);
      if (video === undefined) return undefined;
      const { milliseconds, width, height } = video;
      return { kind: 'video', seconds: secondsOf(milliseconds), width, height };
    }
    case 'tabular':
      return readTableFrom(kind.extension, source);
    default:
      return undefined;
  }
}
