/**
 * Metadata of an arrow file (IPC file format, `ARROW1` at both ends): columns from the schema in its footer, rows from the headers of its
 * record batches. The data itself is not looked at.
 */
import type { FileMetadata } from '../../model/node.js';
import { hasBytes, latin1Bytes, uint32le, uint64le } from '../byte-fields.js';
import { readSchemaFields } from './arrow-schema.js';
import type { ByteSource } from './byte-source.js';
import { FlatTable } from './flatbuffer.js';
import { tabularMetadata } from './metadata-codec.js';

const magic = latin1Bytes('ARROW1');
const tailBytes = 10; // length of the footer, magic
const blockBytes = 24;
const maxFooterBytes = 16 * 2 ** 20;
const maxHeaderBytes = 16 * 2 ** 20;
const continuation = 0xffffffff;
const recordBatchHeader = 3;
const footerSchema = 1;
const footerBatches = 3;

/** Returns the metadata of the arrow file in `source`, undefined when it is damaged. */
export function readArrow(source: ByteSource): FileMetadata | undefined {
  const { sizeBytes } = source;
  if (sizeBytes < 2 * tailBytes || !hasBytes(source.read(0, 8), 0, magic)) return undefined;
  const tail = source.read(sizeBytes - tailBytes, tailBytes);
  if (!hasBytes(tail, 4, magic)) return undefined;
  const length = uint32le(tail, 0);
  if (length > maxFooterBytes || length + tailBytes > sizeBytes) return undefined;
  const footer = Uint8Array.from(source.read(sizeBytes - tailBytes - length, length));
  const root = FlatTable.root(footer);
  const schema = root.table(footerSchema);
  const fields = schema && readSchemaFields(schema);
  const height = countRows(source, footer, root.structs(footerBatches, blockBytes) ?? []);
  return fields && height !== undefined ? tabularMetadata(fields, height) : undefined;
}

/** Block: offset u64, header length u32, padding u32, body length u64. Blocks do not overlap, so together they fit into the file. */
function countRows(
  source: ByteSource,
  footer: Uint8Array,
  blocks: Iterable<number>,
): number | undefined {
  let rows = 0;
  let bytesLeft = source.sizeBytes;
  for (const at of blocks) {
    const offset = uint64le(footer, at);
    const length = uint32le(footer, at + 8);
    const blockLength = length + uint64le(footer, at + 16);
    bytesLeft -= blockLength;
    if (length > maxHeaderBytes || bytesLeft < 0) return undefined;
    if (offset + blockLength > source.sizeBytes) return undefined;
    const batch = batchRows(source.read(offset, length));
    if (batch === undefined) return undefined;
    rows += batch;
  }
  return rows;
}

function batchRows(header: Uint8Array): number | undefined {
  const body = header.subarray(uint32le(header, 0) === continuation ? 8 : 4);
  if (body.length < 8) return undefined;
  const message = FlatTable.root(body);
  const batch = message.byte(1) === recordBatchHeader ? message.table(2) : undefined;
  const rows = batch?.long(0);
  return rows !== undefined && rows >= 0 ? rows : undefined;
}
