/**
 * Says what a staged row needs to know of a content beyond its hash: mime type, data type and metadata. Files in kernel memory
 * are described where they lie; large ones from their first bytes, counts made while they were read, and single ranges.
 */
import { classify, type FileClass, headBytes } from '../format/file-type.js';
import { getKernel, hashTextInto, type TextCounts } from '../format/hashing.js';
import type { ByteSource } from '../format/metadata/byte-source.js';
import { metadataJson, writeMetadata } from '../format/metadata/metadata-codec.js';
import type { MetadataCollector } from '../format/metadata/metadata-collector.js';
import {
  finishCollector,
  type MetadataResult,
  readMetadata,
  readMetadataFrom,
} from '../format/metadata/read-metadata.js';
import { MsgpackWriter } from '../format/msgpack.js';
import { hashBytesLength } from '../model/hash.js';
import { dataTypes } from '../model/node.js';

/** The part of a staged row that is derived from a content. */
export interface ContentDescription {
  readonly dataType: number; // index into `dataTypes` of model/node
  readonly mimeType: string;
  readonly metadataHash: Uint8Array | undefined; // 16 bytes
  readonly metadata: Uint8Array; // msgpack bytes; empty when there are none
}

const nothing = new Uint8Array(0);
const writer = new MsgpackWriter(64);

/** Describes the file `name` whose whole content is the `length` bytes at `at` in kernel memory. */
export function describeContent(name: string, at: number, length: number): ContentDescription {
  const kernel = getKernel();
  const content = kernel.memory.subarray(at, at + length);
  const kind = classify(content.subarray(0, headBytes), name);
  return toDescription(kind, readMetadata(kind, content, { countText: countKernelText }));
}

/** Counts a text that lies in kernel memory. */
export function countKernelText(text: Uint8Array): TextCounts {
  return getKernel().textStatsAt(text.byteOffset, text.length);
}

/** Describes a file of class `kind` whose blocks a collector has seen. */
export function describeCollected(
  kind: FileClass,
  collector: MetadataCollector,
): ContentDescription {
  return toDescription(kind, finishCollector(kind, collector));
}

/** Describes a file of class `kind`, which has no collector, by reading single ranges. */
export function describeSource(kind: FileClass, source: ByteSource): ContentDescription {
  return toDescription(kind, readMetadataFrom(kind, source));
}

function toDescription(
  { mimeType }: FileClass,
  { metadata, dataType }: MetadataResult,
): ContentDescription {
  const number = dataTypes.indexOf(dataType);
  if (metadata === undefined) {
    return { dataType: number, mimeType, metadataHash: undefined, metadata: nothing };
  }
  const metadataHash = new Uint8Array(hashBytesLength);
  hashTextInto(metadataJson(metadata), metadataHash, 0);
  writer.reset();
  writeMetadata(writer, metadata);
  return { dataType: number, mimeType, metadataHash, metadata: writer.copy() };
}
