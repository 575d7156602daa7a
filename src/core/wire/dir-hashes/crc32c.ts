/** CRC-32C (Castagnoli polynomial, reflected), in the masked form in which logs of RocksDB store it. */

const polynomial = 0x82f63b78;
const maskDelta = 0xa282ead8;
const table = makeTable();

/** Returns the CRC-32C of the bytes from `start` up to `end`, as an unsigned number; `crc` continues an earlier one. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length, crc = 0): number {
  let value = ~crc;
  for (let index = start; index < end; index++) {
    value = (table[(value ^ (bytes[index] ?? 0)) & 0xff] ?? 0) ^ (value >>> 8);
  }
  return ~value >>> 0;
}

/** Returns the form of a CRC that is stored beside the bytes it covers: rotated right by 15 bits, plus a constant. */
export function maskCrc(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + maskDelta) >>> 0;
}

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value >>> 0;
  });
}
