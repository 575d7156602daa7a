/**
 * The job `copyRecords`: copies records from one pack to the end of another, as gc does it. Every record is read and checked whole. Raw contents
 * are compressed where the slot asks for it and it pays; all else is written as it is. Records keep their order, so that what lay
 * together stays together.
 */
import { type RecordKind, recordCodecs, recordKinds } from '../format/pack-record.js';
import { hashBytesLength } from '../model/hash.js';
import type { CopyRecordsInput, CopyRecordsOutput } from '../model/jobs.js';
import { PackReader } from './pack-reader.js';
import { PackWriter } from './pack-writer.js';

/**
 * Copies records until the slot is full; nothing names their new places yet.
 * @throws IntegrityError when one of them is damaged or its pack is missing; what was copied is garbage then
 * @throws OperationError when a pack cannot be read or written
 */
export function copyRecords(input: CopyRecordsInput): CopyRecordsOutput {
  using reader = new PackReader(input.packDirectory);
  using writer = new PackWriter(input.slot);
  let doneCount = 0;
  while (doneCount < input.offsets.length && !writer.isFull) {
    copyRecord(reader, writer, input, doneCount++);
  }
  return { ...writer.finish(), doneCount };
}

function copyRecord(
  reader: PackReader,
  writer: PackWriter,
  { packId, hashes, kinds, offsets, storedLengths }: CopyRecordsInput,
  row: number,
): void {
  const hash = hashes.subarray(row * hashBytesLength, (row + 1) * hashBytesLength);
  const kind = (kinds[row] ?? 0) as RecordKind;
  const place = { packId, offset: offsets[row] ?? 0, storedLength: storedLengths[row] ?? 0 };
  const { header, content, stored } = reader.read(place, { kind, hash });
  const { codec, storedLength, rawLength, bodyChecksum } = header;
  const isContent = kind === recordKinds.content || kind === recordKinds.chunk;
  const isRaw = isContent && codec === recordCodecs.raw;
  if (isRaw && writer.appendCompressed(kind, content, hash)) return;
  writer.append({ kind, codec, storedLength, rawLength, hash, bodyChecksum }, stored);
}
