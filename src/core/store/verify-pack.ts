/**
 * The job `verifyPack`: reads records of one pack in the order of the file and checks header, checksum and content hash. Contents
 * are hashed a second time by another implementation, so that a mistake of ours cannot confirm itself.
 */
import { type VerifyStream, verifyStream64 } from '../format/independent-hash.js';
import { type RecordKind, recordKinds } from '../format/pack-record.js';
import { OxenError } from '../model/errors.js';
import { hashBytesLength } from '../model/hash.js';
import type { VerifyPackInput, VerifyPackOutput } from '../model/jobs.js';
import { PackReader } from './pack-reader.js';

/** Does the job; what is wrong with single records is in the output. */
export function verifyPack(input: VerifyPackInput): VerifyPackOutput {
  const problems: { record: number; message: string }[] = [];
  let checkedBytes = 0;
  const second = verifyStream64();
  using reader = new PackReader(input.packDirectory, { inArena: true });
  for (let record = 0; record < input.offsets.length; record++) {
    checkedBytes += input.storedLengths[record] ?? 0;
    const problem = checkRecord(reader, second, input, record);
    if (problem !== undefined) problems.push({ record, message: problem });
  }
  return { checkedBytes, problems };
}

function checkRecord(
  reader: PackReader,
  second: VerifyStream,
  input: VerifyPackInput,
  record: number,
): string | undefined {
  const hash = input.hashes.subarray(record * hashBytesLength, (record + 1) * hashBytesLength);
  const kind = (input.kinds[record] ?? 0) as RecordKind;
  const offset = input.offsets[record] ?? 0;
  const place = { packId: input.packId, offset, storedLength: input.storedLengths[record] ?? 0 };
  try {
    const { content } = reader.read(place, { kind, hash });
    const namesContent = kind === recordKinds.content || kind === recordKinds.chunk;
    if (!namesContent) return undefined;
    second.reset();
    second.update(content);
    if (second.matches(hash, 0)) return undefined;
    return 'Two implementations of the hash disagree about its content.';
  } catch (error) {
    if (error instanceof OxenError) return error.message;
    throw error;
  }
}
