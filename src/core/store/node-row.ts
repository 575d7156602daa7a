/**
 * The rows of the database `nodes`: small nodes lie in them, of large ones they say where the record is.
 *
 * | offset | size | meaning (little endian) |
 * |---|---|---|
 * | 0 | 1 | form: 0 blobs, 1 place |
 * | 1 | 1 | flags: 1 made elsewhere, so its id does not cover what our rule covers |
 * | 2 | 2 | 0 |
 * | 4 | 4 | form 0: length of the node blob; it follows, then the children blob |
 * | 4 | 24 | form 1: place row |
 */
import { IntegrityError } from '../model/errors.js';
import type { NodeBlobs } from '../model/node.js';
import { decodePlaceRow, encodePlaceRow, placeRowLength, type RecordPlace } from './place-row.js';

/** Nodes whose blobs have more bytes together are kept in packs. */
export const inlineNodeLimit = 4096;

/** Who made a node: we by our rule, or another program by its own. */
export type NodeOrigin = 'ours' | 'foreign';

/** A decoded row. */
export type NodeRow =
  | { readonly form: 'blobs'; readonly origin: NodeOrigin; readonly blobs: NodeBlobs }
  | { readonly form: 'place'; readonly origin: NodeOrigin; readonly place: RecordPlace };

const foreignFlag = 1;
const blobsStart = 8;
const placeStart = 4;

/** Returns the row of a small node. */
export function encodeBlobsRow(blobs: NodeBlobs, origin: NodeOrigin): Uint8Array {
  const { node, children } = blobs;
  const row = Buffer.alloc(blobsStart + node.length + children.length);
  row[1] = flagsOf(origin);
  row.writeUInt32LE(node.length, 4);
  row.set(node, blobsStart);
  row.set(children, blobsStart + node.length);
  return row;
}

/** Returns the row of a node that is a record in a pack. */
export function encodeNodePlaceRow(place: RecordPlace, origin: NodeOrigin): Uint8Array {
  const row = new Uint8Array(placeStart + placeRowLength);
  row[0] = 1;
  row[1] = flagsOf(origin);
  encodePlaceRow(place, new DataView(row.buffer, placeStart));
  return row;
}

/**
 * Returns what a row says; blobs are views of it.
 * @throws IntegrityError when it cannot be a row
 */
export function decodeNodeRow(row: Uint8Array): NodeRow {
  const origin = ((row[1] ?? 0) & foreignFlag) === 0 ? 'ours' : 'foreign';
  if (row[0] === 1 && row.length === placeStart + placeRowLength) {
    return { form: 'place', origin, place: decodePlaceRow(row.subarray(placeStart)) };
  }
  if (row[0] === 0 && row.length >= blobsStart) {
    const nodeEnd = blobsStart + new DataView(row.buffer, row.byteOffset).getUint32(4, true);
    if (nodeEnd <= row.length) {
      const blobs = { node: row.subarray(blobsStart, nodeEnd), children: row.subarray(nodeEnd) };
      return { form: 'blobs', origin, blobs };
    }
  }
  throw new IntegrityError('A row of the database nodes is not valid.', { hint: 'oxen fsck' });
}

function flagsOf(origin: NodeOrigin): number {
  return origin === 'foreign' ? foreignFlag : 0;
}
