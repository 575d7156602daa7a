/**
 * Copies records from one pack to the end of another, as gc does it: every record is read and checked whole. Raw contents
 * are compressed where that pays; all else is written as it is. Records keep their order, so that what lay together stays together.
 */
import { type RecordKind, recordCodecs, recordKinds } from '../format/pack-record.js';
import { hashBytesLength } from '../model/hash.js';
import type { PlaceColumns } from '../model/jobs.js';
import type { PackLender } from './pack-allocator.js';
import { PackReader } from './pack-reader.js';
import { PackWriter } from './pack-writer.js';
import type { PackPlaces } from './version-store.js';

/**
 * Copies the given records of pack `packId` into lent packs and returns their new places; nothing names them yet.
 * @param places the records to copy, in any order
 * @throws IntegrityError when one of them is damaged or its pack is missing; what was copied is garbage then
 * @throws OperationError when a pack cannot be read or written
 */
export function copyRecords(
  packDirectory: string,
  lender: PackLender,
  packId: number,
  places: PlaceColumns,
): PackPlaces[] {
  const order = orderByOffset(places);
  const copied: PackPlaces[] = [];
  using reader = new PackReader(packDirectory, { disk: lender.disk });
  for (let next = 0; next < order.length; ) {
    const slot = lender.lend();
    const writer = new PackWriter(slot, { disk: lender.disk });
    let end = slot.offset;
    try {
      for (; next < order.length && !writer.isFull; next++) {
        copyRecord(reader, writer, packId, places, order[next] ?? 0);
      }
      const written = writer.finish();
      end = written.slotEnd;
      copied.push({ packId: slot.packId, places: written.places });
    } finally {
      writer.close();
      lender.giveBack(slot, end);
    }
  }
  return copied;
}

function copyRecord(
  reader: PackReader,
  writer: PackWriter,
  packId: number,
  places: PlaceColumns,
  row: number,
): void {
  const hash = places.hashes.subarray(row * hashBytesLength, (row + 1) * hashBytesLength);
  const kind = (places.kinds[row] ?? 0) as RecordKind;
  const offset = places.offsets[row] ?? 0;
  const place = { packId, offset, storedLength: places.storedLengths[row] ?? 0 };
  const { header, content, stored } = reader.read(place, { kind, hash });
  const { codec, storedLength, rawLength, bodyChecksum } = header;
  const isRaw = codec === recordCodecs.raw && kind !== recordKinds.manifest;
  if (isRaw && kind !== recordKinds.node && writer.appendCompressed(kind, content, hash)) return;
  writer.append({ kind, codec, storedLength, rawLength, hash, bodyChecksum }, stored);
}

function orderByOffset({ count, offsets }: PlaceColumns): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, row) => row);
  return order.sort((left, right) => (offsets[left] ?? 0) - (offsets[right] ?? 0));
}
