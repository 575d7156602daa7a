/** Copies the needed records of a pack to other packs, in jobs; nothing names the copies yet. */
import { hashBytesLength } from '../model/hash.js';
import type { CopyRecordsInput, CopyRecordsOutput, PlaceColumns } from '../model/jobs.js';
import type { PackAllocator } from '../store/pack-allocator.js';
import type { PackPlaces } from '../store/version-store.js';
import type { OperationContext } from './context.js';

/** A pack and those of its records that are to be copied. */
export interface PackToCopy {
  readonly packDirectory: string; // absolute
  readonly packId: number;
  readonly places: PlaceColumns;
}

/**
 * Returns the new places.
 * @throws IntegrityError when a record is damaged or the pack is missing; what was copied is garbage then
 * @throws OperationError when a pack cannot be read or written
 */
export async function copyPack(
  allocator: PackAllocator,
  pack: PackToCopy,
  { jobs }: Pick<OperationContext, 'jobs'>,
): Promise<PackPlaces[]> {
  const order = orderByOffset(pack.places);
  const copied: PackPlaces[] = [];
  for (let next = 0; next < order.length; ) {
    const slot = allocator.lend();
    let end = slot.offset;
    try {
      const input = { ...recordsOf(pack, order.subarray(next)), slot };
      const output: CopyRecordsOutput = await jobs.run('copyRecords', input);
      end = output.slotEnd;
      copied.push({ packId: slot.packId, places: output.places });
      next += output.doneCount;
    } finally {
      allocator.giveBack(slot, end);
    }
  }
  return copied;
}

function recordsOf(
  { packDirectory, packId, places }: PackToCopy,
  rows: Uint32Array,
): Omit<CopyRecordsInput, 'slot'> {
  const hashes = new Uint8Array(rows.length * hashBytesLength);
  rows.forEach((row, index) => {
    const start = row * hashBytesLength;
    hashes.set(places.hashes.subarray(start, start + hashBytesLength), index * hashBytesLength);
  });
  return {
    packDirectory,
    packId,
    hashes,
    kinds: Uint8Array.from(rows, (row) => places.kinds[row] ?? 0),
    offsets: rows.map((row) => places.offsets[row] ?? 0),
    storedLengths: rows.map((row) => places.storedLengths[row] ?? 0),
  };
}

function orderByOffset({ count, offsets }: PlaceColumns): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, row) => row);
  return order.sort((left, right) => (offsets[left] ?? 0) - (offsets[right] ?? 0));
}
