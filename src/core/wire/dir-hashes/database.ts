/**
 * The directory hashes of a commit as the RocksDB directory that stock clients open: three files, written without
 * RocksDB (merkle-format.md, section 6.4). Keys are paths of directories,
 * empty for the root, values the ids of their nodes as text.
 *
 * | file | content |
 * |---|---|
 * | `CURRENT` | the name of the manifest and a line feed |
 * | `MANIFEST-000005` | a log of six records, the same for every database |
 * | `000004.log` | a log of write batches: u64 sequence number from 1, u32 count, then for each pair the byte 1, key and value, each behind its length as varint (little endian) |
 */
import { InvalidInputError } from '../../model/errors.js';
import type { Hash } from '../../model/hash.js';
import type { RepoPath } from '../../model/path.js';
import type { DatabaseFile } from '../archive/dir-hashes.js';
import { LogWriter } from './log-format.js';

/** A directory and the id of its node. */
export interface DirHash {
  readonly path: RepoPath;
  readonly hash: Hash;
}

/** The directories of a commit, to be gone through once or twice. */
export type DirHashList = () => AsyncIterable<DirHash> | Iterable<DirHash>;

/** Logs up to this length are kept in memory; for longer ones the list is gone through again when they are sent. */
const keptLogBytes = 8 * 1024 * 1024;
const batchBytes = 256 * 1024;
const logName = '000004.log';
const manifestName = 'MANIFEST-000005';
const databaseId = '00000000-0000-4000-8000-000000000000';
const putOperation = 1;
const longestPath = 65_536;

const current = Buffer.from(`${manifestName}\n`);
const manifest = makeManifest();

/** Returns the files of a database that holds the given directories. */
export async function encodeDirHashes(list: DirHashList): Promise<DatabaseFile[]> {
  const kept: Uint8Array[] = [];
  let length = 0;
  for await (const piece of writeDirHashLog(list())) {
    length += piece.length;
    if (length <= keptLogBytes) kept.push(piece);
    else kept.length = 0;
  }
  const log = length <= keptLogBytes ? kept : writeDirHashLog(list());
  return [
    { name: 'CURRENT', sizeBytes: current.length, content: current },
    { name: manifestName, sizeBytes: manifest.length, content: manifest },
    { name: logName, sizeBytes: length, content: log },
  ];
}

async function* writeDirHashLog(
  entries: AsyncIterable<DirHash> | Iterable<DirHash>,
): AsyncGenerator<Uint8Array> {
  const log = new LogWriter();
  const batch = new WriteBatch();
  for await (const { path, hash } of entries) {
    batch.put(path, hash);
    if (batch.length < batchBytes) continue;
    log.append(batch.take());
    yield* log.takeFull();
  }
  if (batch.count > 0) log.append(batch.take());
  yield* log.takeAll();
}

/** Gathers pairs into the body of one record. */
class WriteBatch {
  #bytes = Buffer.alloc(batchBytes + longestPath + 256);
  #sequence = 1;
  count = 0;
  length = 12;

  put(path: string, hash: Hash): void {
    const keyLength = Buffer.byteLength(path);
    if (keyLength > longestPath) throw new InvalidInputError('A path is too long.');
    this.#byte(putOperation);
    this.#varint(keyLength);
    this.length += this.#bytes.write(path, this.length);
    this.#varint(hash.length);
    this.length += this.#bytes.write(hash, this.length, 'latin1');
    this.count++;
  }

  /** Returns the record, which is valid until the next `put`, and starts another. */
  take(): Uint8Array {
    this.#bytes.writeBigUInt64LE(BigInt(this.#sequence), 0);
    this.#bytes.writeUInt32LE(this.count, 8);
    const record = this.#bytes.subarray(0, this.length);
    this.#sequence += this.count;
    this.count = 0;
    this.length = 12;
    return record;
  }

  #byte(value: number): void {
    this.#bytes[this.length++] = value;
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.#byte((rest & 0x7f) | 0x80);
    this.#byte(rest);
  }
}

/** The manifest of a database that has one log and nothing else, record by record as RocksDB writes it. */
function makeManifest(): Uint8Array {
  const log = new LogWriter();
  log.append(Buffer.from(`\u0081\u0040\u0024${databaseId}`, 'latin1'));
  log.append(new Uint8Array(0));
  log.append(
    Buffer.from('\u0001\u001aleveldb.BytewiseComparator\u0089\u0040\u0001\u0001', 'latin1'),
  );
  log.append(Uint8Array.of(0x02, 0x00, 0x04, 0x00)); // logs from 0 on, last sequence number 0
  log.append(Uint8Array.of(0x8b, 0x40, 0x01, 0x76));
  log.append(Uint8Array.of(0x09, 0x00, 0x03, 0x06, 0x04, 0x00)); // next file 6
  return Buffer.concat(log.takeAll());
}
