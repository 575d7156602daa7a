import { crc32c, maskCrc } from '../../src/core/wire/dir-hashes/crc32c.js';
import { logBlockLength } from '../../src/core/wire/dir-hashes/log-format.js';

const headerLength = 7;
const lastTypes = [1, 4]; // a whole record, the last fragment of one

/** Returns the records of a log that RocksDB could have written. Throws when a checksum is wrong. */
export function readLog(log: Uint8Array): Uint8Array[] {
  const bytes = Buffer.from(log);
  const records: Uint8Array[] = [];
  let fragments: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const left = logBlockLength - (at % logBlockLength);
    const type = left < headerLength ? 0 : (bytes[at + 6] ?? 0);
    if (type === 0) {
      at += left;
      continue;
    }
    const end = at + headerLength + bytes.readUInt16LE(at + 4);
    if (bytes.readUInt32LE(at) !== maskCrc(crc32c(bytes, at + 6, end))) throw new Error('checksum');
    fragments.push(bytes.subarray(at + headerLength, end));
    at = end;
    if (!lastTypes.includes(type)) continue;
    records.push(Buffer.concat(fragments));
    fragments = [];
  }
  return records;
}

/** Returns what the write batches of a log put: values by key. */
export function readDirHashes(log: Uint8Array): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const record of readLog(log)) {
    const batch = Buffer.from(record);
    let at = 12;
    const text = (): string => {
      let length = 0;
      let shift = 0;
      do length |= ((batch[at] ?? 0) & 0x7f) << (7 * shift++);
      while ((batch[at++] ?? 0) >= 0x80);
      at += length;
      return batch.toString('utf8', at - length, at);
    };
    for (let left = batch.readUInt32LE(8); left > 0; left--) {
      if (batch[at++] !== 1) throw new Error('not a put');
      const key = text();
      hashes.set(key, text());
    }
    if (at !== batch.length) throw new Error('length');
  }
  return hashes;
}
