/**
 * The number of the last transaction, beside the database. LMDB takes the newer of two headers for the present state and has no
 * checksum over them: a flipped bit in the number of the newer one would bring back the state before it in silence. The mark is written
 * after a transaction is durable and never flushed itself, so after a power failure it can only be older than the truth.
 *
 * | offset | size | meaning (little endian) |
 * |---|---|---|
 * | 0 | 8 | number of the transaction, u64 |
 * | 8 | 8 | H64 of the first 8 bytes |
 */
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { hash64Into } from '../format/hashing.js';
import { IntegrityError } from '../model/errors.js';

const fileName = 'last-transaction';
const markLength = 16;
const numberLength = 8;

/** Writes the mark of one environment; close it with the environment. */
export class TransactionMark {
  readonly #path: string;
  readonly #bytes = Buffer.alloc(markLength);
  #file: number | undefined;
  #last = 0;

  /** @param directory of the environment */
  constructor(directory: string) {
    this.#path = join(directory, fileName);
  }

  /** Records that a transaction is durable. Where it cannot be written there is no guard and nothing else is worse. */
  write(transactionId: number): void {
    if (transactionId <= this.#last) return;
    this.#last = transactionId;
    this.#bytes.writeBigUInt64LE(BigInt(transactionId));
    hash64Into(this.#bytes.subarray(0, numberLength), this.#bytes, numberLength);
    try {
      this.#file ??= openSync(this.#path, constants.O_WRONLY | constants.O_CREAT, 0o666);
      writeSync(this.#file, this.#bytes, 0, markLength, 0);
    } catch {
      // A full disk: the old mark stays, which is older than the truth and therefore right.
    }
  }

  /** Closes the file; it can be written again. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/** Returns the number in the mark of an environment; 0 when there is none that is whole. */
export function readTransactionMark(directory: string): number {
  try {
    const bytes = readFileSync(join(directory, fileName));
    const checksum = new Uint8Array(markLength - numberLength);
    hash64Into(bytes.subarray(0, numberLength), checksum, 0);
    if (bytes.length !== markLength || !bytes.subarray(numberLength).equals(checksum)) return 0;
    return Number(bytes.readBigUInt64LE());
  } catch {
    return 0;
  }
}

/** @throws IntegrityError when the database is older than its mark: the newest state of it was lost */
export function requireNoRollback(
  directory: string,
  transactionId: number,
  markedId: number,
): void {
  if (transactionId >= markedId) return;
  const path = join(directory, 'data.mdb');
  throw new IntegrityError(
    `The database ${path} is in the state of transaction ${transactionId}; ${markedId} was durable. A header of it is damaged, or it is an older copy.`,
    { path, hint: `To go on with the older state remove ${join(directory, fileName)}.` },
  );
}
