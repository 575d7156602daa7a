/**
 * The two forms of a file's metadata (merkle-format.md, section 2.3): compact JSON, whose hash is the metadata hash, and the
 * msgpack value in a file's node, positional arrays of which each kind is wrapped in an array of one. The kinds carry no tag in
 * msgpack, so that audio and video look alike there.
 */
import { type Hash, parseHash } from '../../model/hash.js';
import type { FileMetadata, TabularField } from '../../model/node.js';
import { hashText } from '../hashing.js';
import type { MsgpackWriter } from '../msgpack.js';
import { MsgpackReader } from '../msgpack-reader.js';

type Tabular = Extract<FileMetadata, { kind: 'tabular' }>;

/** Returns the compact JSON text of `metadata`, as serde_json writes it. */
export function metadataJson(metadata: FileMetadata): string {
  switch (metadata.kind) {
    case 'text':
      return textMetadataJson(metadata.lineCount, metadata.charCount);
    case 'image':
      return `{"image":{"width":${metadata.width},"height":${metadata.height},"color_space":null}}`;
    case 'video': {
      const { seconds, width, height } = metadata;
      return `{"video":{"num_seconds":${floatText(seconds)},"width":${width},"height":${height}}}`;
    }
    case 'audio': {
      const { seconds, channelCount, sampleRate } = metadata;
      return `{"audio":{"num_seconds":${floatText(seconds)},"num_channels":${channelCount},"sample_rate":${sampleRate}}}`;
    }
    case 'tabular':
      return tabularJson(metadata);
    default:
      return metadata satisfies never;
  }
}

/** Returns the JSON text of the metadata of a text, for the hot path of small files. */
export function textMetadataJson(lineCount: number, charCount: number): string {
  return `{"text":{"num_lines":${lineCount},"num_chars":${charCount}}}`;
}

function tabularJson({ width, height, schemaHash, fields }: Tabular): string {
  const columns = fields.map(
    ({ name, dtype }) =>
      `{"name":${jsonText(name)},"dtype":${jsonText(dtype)},"metadata":null,"changes":null}`,
  );
  return `{"tabular":{"width":${width},"height":${height},"schema":{"hash":${jsonText(schemaHash)},"fields":[${columns.join(',')}],"metadata":null}}}`;
}

/** Escapes as serde_json does, which `JSON.stringify` does too for well-formed text. */
function jsonText(text: string): string {
  return JSON.stringify(text.toWellFormed());
}

/** Writes a float as serde_json does: the shortest digits that give it back, always with a fraction or an exponent. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  const text = Object.is(value, -0) ? '-0' : String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-5 || size >= 1e16)) return exponentText(value);
  return text.includes('.') ? text : `${text}.0`;
}

/** Outside 1e-5 to 1e16 an exponent is written, without a plus sign. */
function exponentText(value: number): string {
  return value.toExponential().replace('e+', 'e');
}

/**
 * Returns the hash of a schema: of all names and types, one after the other.
 * @param fields the columns; user metadata of columns, which would be hashed too, is never set by our reader
 */
export function schemaHash(fields: readonly TabularField[]): Hash {
  return hashText(fields.map(({ name, dtype }) => name + dtype).join(''));
}

/** Returns the metadata of a table with the given columns and number of rows. */
export function tabularMetadata(fields: readonly TabularField[], height: number): FileMetadata {
  return {
    ...{ kind: 'tabular', width: fields.length, height },
    ...{ schemaHash: schemaHash(fields), fields },
  };
}

/** Appends `metadata` to `writer`. */
export function writeMetadata(writer: MsgpackWriter, metadata: FileMetadata): void {
  writer.array(1);
  switch (metadata.kind) {
    case 'text':
      writer.array(2);
      writer.integer(metadata.lineCount);
      writer.integer(metadata.charCount);
      return;
    case 'image':
      writer.array(3);
      writer.integer(metadata.width);
      writer.integer(metadata.height);
      writer.nil();
      return;
    case 'video':
      writeTimed(writer, metadata.seconds, metadata.width, metadata.height);
      return;
    case 'audio':
      writeTimed(writer, metadata.seconds, metadata.channelCount, metadata.sampleRate);
      return;
    case 'tabular':
      writeTabular(writer, metadata);
      return;
    default:
      metadata satisfies never;
  }
}

function writeTimed(writer: MsgpackWriter, seconds: number, first: number, second: number): void {
  writer.array(3);
  writer.double(seconds);
  writer.integer(first);
  writer.integer(second);
}

function writeTabular(writer: MsgpackWriter, metadata: Tabular): void {
  writer.array(3);
  writer.integer(metadata.width);
  writer.integer(metadata.height);
  writer.array(3);
  writer.text(metadata.schemaHash);
  writer.array(metadata.fields.length);
  for (const { name, dtype } of metadata.fields) {
    writer.array(4);
    writer.text(name);
    writer.text(dtype);
    writer.nil();
    writer.nil();
  }
  writer.nil();
}

/**
 * Returns the metadata that msgpack bytes of a node stand for; undefined for nil, and for shapes that no kind has.
 * @param dataType of the file's node, which tells audio from video
 */
export function decodeMetadata(bytes: Uint8Array, dataType: string): FileMetadata | undefined {
  try {
    const reader = new MsgpackReader(bytes);
    if (bytes.length === 0 || reader.nil()) return undefined;
    reader.arrayOf(1);
    const metadata = readKind(reader, dataType);
    reader.finish();
    return metadata;
  } catch {
    return undefined; // metadata is a hint: a foreign or damaged form is the same as none
  }
}

function readKind(reader: MsgpackReader, dataType: string): FileMetadata | undefined {
  const count = reader.array();
  if (count === 2) {
    return { kind: 'text', lineCount: reader.unsigned(), charCount: reader.unsigned() };
  }
  if (count !== 3) return undefined;
  switch (dataType) {
    case 'image':
      return readImage(reader);
    case 'video':
      return {
        kind: 'video',
        seconds: reader.double(),
        width: reader.unsigned(),
        height: reader.unsigned(),
      };
    case 'audio':
      return {
        kind: 'audio',
        seconds: reader.double(),
        channelCount: reader.unsigned(),
        sampleRate: reader.unsigned(),
      };
    case 'tabular':
      return readTabular(reader);
    default:
      return undefined;
  }
}

function readImage(reader: MsgpackReader): FileMetadata {
  const width = reader.unsigned();
  const height = reader.unsigned();
  reader.skip(); // colour space
  return { kind: 'image', width, height };
}

function readTabular(reader: MsgpackReader): FileMetadata {
  const width = reader.unsigned();
  const height = reader.unsigned();
  reader.arrayOf(3);
  const hash = parseHash(reader.text());
  const fields: TabularField[] = [];
  for (let count = reader.array(); count > 0; count--) {
    reader.arrayOf(4);
    fields.push({ name: reader.text(), dtype: reader.text() });
    reader.skip(); // metadata that a user set
    reader.skip(); // changes
  }
  reader.skip(); // metadata of the schema
  return { kind: 'tabular', width, height, schemaHash: hash, fields };
}
