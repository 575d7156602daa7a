/**
 * The part of a file's metadata that a user set, as opposed to what is derived from its content: the metadata of a table's
 * schema and of its columns. Only this part enters our ids (docs/design.md); the rest can be computed again.
 *
 * Tabular metadata is `[[width, height, [schema hash, [[name, dtype, metadata, changes], ...], metadata]]]` in
 * msgpack, with nil for absent metadata (merkle-format.md, section 2.3).
 */
import { IntegrityError } from '../model/errors.js';
import { HashBuilder } from './hashing.js';
import { MsgpackReader } from './msgpack-reader.js';

const ofSchema = 0;
const ofColumn = 1;
const arrayOfOne = 0x91;
const arrayOfThree = 0x93;
const builder = new HashBuilder();

/**
 * Writes the hash of the user's metadata into `out` at `outOffset` (16 bytes, little-endian; zeros when there is none) and
 * says whether there is any. `metadata` holds msgpack from `start`, ending at `end` or before; metadata of other kinds has none.
 *
 * Hashed are, where present: for each column in order 01, its name, 00 and its metadata; then 00 and the metadata of the
 * schema; both as the msgpack bytes that stand there.
 */
export function userMetadataHashInto(
  metadata: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  outOffset: number,
): boolean {
  builder.reset();
  if (mayBeTable(metadata, start)) collect(new MsgpackReader(metadata, start, end), metadata);
  if (builder.length === 0) out.fill(0, outOffset, outOffset + 16);
  else builder.digestInto(out, outOffset);
  return builder.length > 0;
}

/**
 * Says without a reader, as nearly all metadata are, that these are not of a table: not three values of which the last is
 * an array. Images have nil there, video and audio start with a double.
 */
function mayBeTable(metadata: Uint8Array, start: number): boolean {
  if (metadata[start] !== arrayOfOne || metadata[start + 1] !== arrayOfThree) return false;
  const height = start + 2 + integerLength(metadata[start + 2] ?? 0);
  return metadata[height + integerLength(metadata[height] ?? 0)] === arrayOfThree;
}

/** Returns the bytes of an unsigned integer with this marker; 1 for anything else. */
function integerLength(marker: number): number {
  return marker >= 0xcc && marker <= 0xcf ? 1 + 2 ** (marker - 0xcc) : 1;
}

/** Feeds the builder with a table's metadata; other shapes feed nothing. */
function collect(reader: MsgpackReader, metadata: Uint8Array): void {
  try {
    reader.arrayOf(1);
    reader.arrayOf(3);
    reader.unsigned();
    reader.unsigned();
    reader.arrayOf(3);
    reader.text();
    for (let left = reader.array(); left > 0; left--) collectColumn(reader, metadata);
    collectValue(reader, metadata, () => builder.byte(ofSchema));
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    builder.reset();
  }
}

function collectColumn(reader: MsgpackReader, metadata: Uint8Array): void {
  reader.arrayOf(4);
  const name = reader.text();
  reader.text();
  collectValue(reader, metadata, () => builder.byte(ofColumn).text(name).byte(0));
  reader.skip();
}

function collectValue(reader: MsgpackReader, metadata: Uint8Array, label: () => unknown): void {
  const start = reader.position;
  if (reader.nil()) return;
  reader.skip();
  label();
  builder.bytes(metadata.subarray(start, reader.position));
}
