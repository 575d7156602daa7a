/**
 * Random bytes from a seed: the same seed gives the same bytes on every machine. The stream is the key stream of
 * AES-128 in counter mode, which no compressor and no deduplicator can shrink, at more than 1 GB/s.
 */
import { createCipheriv, createHash } from 'node:crypto';

/** Returns a function whose every call gives the next `length` bytes of the stream that belongs to `seed`. */
export function seededBytes(seed: string): (length: number) => Buffer {
  const key = createHash('md5').update(seed).digest();
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  return (length) => cipher.update(Buffer.alloc(length));
}
