/** Streams of bytes for tests of readers and writers. */
import fc from 'fast-check';

/** Yields `bytes` in pieces of the given sizes, over and over; a piece is overwritten once the next is asked for. */
export async function* inPieces(
  bytes: Uint8Array,
  sizes: readonly number[],
): AsyncGenerator<Uint8Array> {
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? bytes.length);
    const piece = Buffer.from(bytes.subarray(start, start + size));
    yield piece;
    piece.fill(0xee);
    start += size;
  }
}

/** Returns all that a stream gives, in one piece. */
export async function gather(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(new Uint8Array(piece));
  return new Uint8Array(Buffer.concat(pieces));
}

/** Returns all items of a stream. */
export async function collect<Item>(stream: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

/** Sizes of pieces, from single bytes to all at once. */
export const pieceSizes = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(100, 511, 512, 513, 70_000)),
  {
    minLength: 1,
    maxLength: 4,
  },
);
