/**
 * The row that says where a record lies: value of the databases `versions` and `chunks`, and of large nodes in `nodes`.
 *
 * | offset | size | meaning (little endian) |
 * |---|---|---|
 * | 0 | 1 | record kind |
 * | 1 | 1 | codec |
 * | 2 | 2 | 0 |
 * | 4 | 4 | pack |
 * | 8 | 4 | offset of the record header in the pack |
 * | 12 | 4 | stored length of the body |
 * | 16 | 8 | raw length |
 */

/** Bytes of a row. */
export const placeRowLength = 24;

/** A decoded row. */
export interface RecordPlace {
  readonly kind: number; // of `recordKinds`
  readonly codec: number;
  readonly packId: number;
  readonly offset: number; // of the record header
  readonly storedLength: number; // of the body
  readonly rawLength: number; // of the decoded content; for a manifest, of the file it describes
}

const twoTo32 = 0x1_0000_0000;

/** Writes a row to the front of `out`. */
export function encodePlaceRow(place: RecordPlace, out: DataView): void {
  out.setUint32(0, place.kind | (place.codec << 8), true);
  out.setUint32(4, place.packId, true);
  out.setUint32(8, place.offset, true);
  out.setUint32(12, place.storedLength, true);
  out.setUint32(16, place.rawLength % twoTo32, true);
  out.setUint32(20, Math.floor(place.rawLength / twoTo32), true);
}

/** Returns the row at the front of `bytes`, which must have all its bytes. */
export function decodePlaceRow(bytes: Uint8Array): RecordPlace {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    kind: view.getUint8(0),
    codec: view.getUint8(1),
    packId: view.getUint32(4, true),
    offset: view.getUint32(8, true),
    storedLength: view.getUint32(12, true),
    rawLength: view.getUint32(16, true) + view.getUint32(20, true) * twoTo32,
  };
}
