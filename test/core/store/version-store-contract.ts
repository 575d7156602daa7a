/** What any store of contents must do; run by the tests of each implementation. */
import { describe, expect, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import { type Hash, hashToBytes } from '../../../src/core/model/hash.js';
import type { VersionStore } from '../../../src/core/store/version-store.js';

/** A store for one test, and a way to fill it. */
export interface VersionStoreFixture {
  readonly store: VersionStore;
  /** Stores contents durably. */
  put(contents: readonly Uint8Array[]): Promise<void>;
}

/** Returns `length` bytes that look random and depend on `seed`. */
export function noise(length: number, seed: number): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = (seed * 2654435761) >>> 0 || 1;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return Buffer.from(words.buffer, 0, length);
}

/** Returns the hashes as a column. */
export function columnOf(hashes: readonly Hash[]): Uint8Array {
  return new Uint8Array(Buffer.concat(hashes.map((hash) => hashToBytes(hash))));
}

/** Returns all pieces of a stream as one buffer. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Registers the tests. */
export function testVersionStore(name: string, open: () => Promise<VersionStoreFixture>): void {
  describe(`${name} as a store of contents`, () => {
    test('gives back contents of any size', async () => {
      const { store, put } = await open();
      const sizes = [0, 1, 240, 241, 70_000, 4 * 1024 * 1024, 4 * 1024 * 1024 + 1, 9_000_000];
      const contents = sizes.map((size, seed) => noise(size, seed + 1));
      await put(contents);
      for (const content of contents) {
        const read = await collect(store.readContent(hashBytes(content)));
        expect(read.equals(content)).toBe(true);
      }
    });

    test('says what is missing, in order, and how large the rest is', async () => {
      const { store, put } = await open();
      const contents = [10, 20, 6_000_000].map((size) => noise(size, size));
      await put(contents);
      const stored = contents.map((content) => hashBytes(content));
      const absent = ['a', 'b'].map((text) => hashBytes(Buffer.from(text)));
      const [first, second, third] = stored as [Hash, Hash, Hash];
      const [one, two] = absent as [Hash, Hash];
      const column = columnOf([first, two, second, one, third]);
      expect(await store.missing(column)).toEqual(columnOf([two, one]));
      expect([...(await store.sizes(column))]).toEqual([10, -1, 20, -1, 6_000_000]);
    });

    test('reports a content that is not stored', async () => {
      const { store } = await open();
      const reading = collect(store.readContent(hashBytes(Buffer.from('nothing'))));
      await expect(reading).rejects.toMatchObject({ kind: 'not-found' });
    });

    test('takes the same content again', async () => {
      const { store, put } = await open();
      const contents = [noise(100, 1), noise(5_000_000, 2)];
      await put(contents);
      await put(contents);
      for (const content of contents) {
        const read = await collect(store.readContent(hashBytes(content)));
        expect(read.equals(content)).toBe(true);
      }
    });
  });
}
