/** What any store of nodes must do; run by the tests of each implementation. */
import { describe, expect, test } from 'vitest';
import { hashBytes } from '../../../src/core/format/hashing.js';
import type { Hash } from '../../../src/core/model/hash.js';
import { type NodeBlobs, nodeTypes } from '../../../src/core/model/node.js';
import type { NodeStore } from '../../../src/core/store/node-store.js';
import { columnOf } from './version-store-contract.js';

/** Returns the id that stands for `text` in tests. */
export const idOf = (text: string): Hash => hashBytes(Buffer.from(text));

/** Returns a node whose blobs depend on `text`. */
export function vnodeOf(text: string, childrenLength = 10): NodeBlobs {
  return {
    node: Buffer.concat([Buffer.of(nodeTypes.vnode), Buffer.from(text)]),
    children: Buffer.alloc(childrenLength, text),
  };
}

/** Returns the blobs as buffers, which can be compared. */
export function plain(blobs: NodeBlobs | undefined) {
  if (blobs === undefined) return undefined;
  return { node: Buffer.from(blobs.node), children: Buffer.from(blobs.children) };
}

/** Registers the tests. */
export function testNodeStore(name: string, open: () => Promise<NodeStore>): void {
  const read = async (store: NodeStore, text: string) =>
    (await store.getMany(columnOf([idOf(text)]))).map(plain)[0];

  describe(`${name} as a store of nodes`, () => {
    test('gives back nodes in the order asked for, and says which are missing', async () => {
      const store = await open();
      const texts = ['a', 'b', 'large'];
      const nodes = texts.map((text) => ({
        id: idOf(text),
        blobs: vnodeOf(text, text.length * 4000),
      }));
      await store.putMany(nodes);
      const asked = columnOf(['large', 'absent', 'a'].map(idOf));
      const found = await store.getMany(asked);
      expect(found.map(plain)).toEqual([plain(nodes[2]?.blobs), undefined, plain(nodes[0]?.blobs)]);
      expect(await store.missing(asked)).toEqual(columnOf([idOf('absent')]));
    });

    test('keeps the stored node unless the caller decides otherwise', async () => {
      const store = await open();
      const put = (text: string, decision?: 'keep' | 'replace') => {
        const options = decision === undefined ? {} : { onConflict: () => decision };
        return store.putMany([{ id: idOf('a'), blobs: vnodeOf(text) }], options);
      };
      await put('first');
      await put('second');
      await put('second', 'keep');
      expect(await read(store, 'a')).toEqual(plain(vnodeOf('first')));
      await put('second', 'replace');
      expect(await read(store, 'a')).toEqual(plain(vnodeOf('second')));
    });

    test('stores all nodes of a call or none', async () => {
      const store = await open();
      await store.putMany([{ id: idOf('a'), blobs: vnodeOf('first') }]);
      const nodes = [
        { id: idOf('b'), blobs: vnodeOf('b') },
        { id: idOf('a'), blobs: vnodeOf('second') },
      ];
      const refuse = (id: Hash): 'keep' => {
        throw new Error(`conflict at ${id}`);
      };
      const putting = store.putMany(nodes, { onConflict: refuse });
      await expect(putting).rejects.toThrow(`conflict at ${idOf('a')}`);
      expect(await read(store, 'b')).toBeUndefined();
    });
  });
}
