import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInputError, OperationError } from '../../../src/core/model/errors.js';
import type { Hash } from '../../../src/core/model/hash.js';
import {
  readDirHashArchive,
  writeDirHashArchive,
} from '../../../src/core/wire/archive/dir-hashes.js';
import { readTarHeader, writeTarHeader } from '../../../src/core/wire/archive/header.js';
import {
  type ArchivedNode,
  readNodeArchive,
  writeNodeArchive,
} from '../../../src/core/wire/archive/nodes.js';
import { readTar } from '../../../src/core/wire/archive/read.js';
import {
  readVersionArchive,
  writeVersionArchive,
} from '../../../src/core/wire/archive/versions.js';
import { tarFile, writeTar } from '../../../src/core/wire/archive/write.js';
import { collect, gather, inPieces, pieceSizes } from '../../helpers/streams.js';
import { type RawEntry, rawEntry, rawTar } from '../../helpers/tar-fixtures.js';

const id = fc
  .bigInt({ min: 0x1000n, max: 2n ** 128n - 1n })
  .map((value) => value.toString(16) as Hash);
const bytes = fc.uint8Array({ maxLength: 2000 });
const nodes = fc.uniqueArray(
  fc.record({ id, blobs: fc.record({ node: bytes, children: bytes }) }),
  { selector: (node) => node.id, maxLength: 8 },
);

async function tarOf(...entries: readonly RawEntry[]) {
  return inPieces(rawTar(...entries), [700]);
}

describe('headers', () => {
  test('come back with any size, also beyond 8 GiB', () => {
    const size = fc.oneof(fc.integer({ min: 0 }), fc.maxSafeNat());
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9/]{1,100}$/), size, (name, sizeBytes) => {
        const block = new Uint8Array(512);
        writeTarHeader({ name, kind: 'file', sizeBytes }, block, 0);
        expect(readTarHeader(block)).toEqual({ name, kind: 'file', sizeBytes });
      }),
    );
  });

  test('with any changed byte of their fields are refused', () => {
    const block = new Uint8Array(512);
    writeTarHeader({ name: 'abc', kind: 'file', sizeBytes: 5 }, block, 0);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 511 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
        fc.pre(at < 154 || at > 155); // the last two bytes of the checksum field are only padding
        const changed = block.slice();
        changed[at] = ((changed[at] ?? 0) + by) & 0xff;
        expect(() => readTarHeader(changed)).toThrow(InvalidInputError);
      }),
    );
  });

  test('cannot hold names over 100 bytes', () => {
    const block = new Uint8Array(512);
    const header = (name: string) => ({ name, kind: 'file', sizeBytes: 0 }) as const;
    expect(() => writeTarHeader(header('n'.repeat(101)), block, 0)).toThrow(InvalidInputError);
    expect(() => writeTarHeader(header('ü'.repeat(51)), block, 0)).toThrow(InvalidInputError);
    writeTarHeader(header('n'.repeat(100)), block, 0);
    expect(readTarHeader(block)?.name).toBe('n'.repeat(100));
  });
});

describe('archives', () => {
  test('are written in whole blocks with two zero blocks at the end', async () => {
    const archive = await gather(writeTar([tarFile('a', Buffer.from('12345'))]));
    expect(archive.length).toBe(512 + 512 + 1024);
    expect(archive.subarray(-1024).every((byte) => byte === 0)).toBe(true);
    expect(await gather(writeTar([]))).toEqual(new Uint8Array(1024));
  });

  test('of contents that turn out longer or shorter than said are given up', async () => {
    const entry = (sizeBytes: number) => ({
      name: 'a',
      kind: 'file' as const,
      sizeBytes,
      content: inPieces(Buffer.from('12345'), [2]),
    });
    await expect(gather(writeTar([entry(4)]))).rejects.toThrow(OperationError);
    await expect(gather(writeTar([entry(6)]))).rejects.toThrow(OperationError);
  });

  test.each([
    [
      'GNU tar',
      'H4sIAAAAAAACA+3TSwrCMBRG4Tt2FdlBE5vHemITaUEqVN2/QXBgkdJJqtDzTW7I9PDHU9dIZboIzr1uMb9f3t62R1FONvC43eOklOxULP1TPjf/1T+YoOm/Zf/xmnLN/t7ahf7tZ39TfowoTf/q+uEg2K/3/rt+uKQpj7/Zv57v3wf2DwAAAAAAAAAAAADAak/xVuQmACgAAA==',
    ],
    [
      'Python',
      'H4sIAAAAAAACA+3RMQ6CQBRF0aldhTtgCETWgwwEEoMJ6v6dGCssrCAxntP8373itueuSP1QdON0SUs/hw3E7FTXr5ut7+dfxqYqwzGGHTxu93bJ8+E/te/+8zX1W21871+t+8dG/12M0yEAAAAAAAAAAAC/6QkRmvyjACgAAA==',
    ],
  ])('made by %s are read', async (_, packed) => {
    const archive = gunzipSync(Buffer.from(packed, 'base64'));
    const read = await collect(readNodeArchive(inPieces(archive, [1000])));
    expect(read).toEqual([
      {
        id: 'abcdef',
        blobs: { node: new Uint8Array(Buffer.from('hi\n')), children: new Uint8Array(0) },
      },
    ]);
  });

  test('may be read without taking every content', async () => {
    const archive = await tarOf(
      { name: 'a', content: 'x'.repeat(3000) },
      { name: 'b', content: 'y'.repeat(600) },
      { name: 'c', content: 'z' },
    );
    const taken: string[] = [];
    for await (const entry of readTar(archive)) {
      if (entry.parts[0] === 'b') {
        for await (const piece of entry.stream()) {
          taken.push(Buffer.from(piece).toString());
          break;
        }
      }
      if (entry.parts[0] === 'c') taken.push(Buffer.from(await entry.readAll()).toString());
    }
    expect(taken.at(-1)).toBe('z');
    expect(taken[0]).toMatch(/^y+$/);
  });

  const zeroes = Buffer.alloc(1024);
  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['half a block', zeroes.subarray(0, 300)],
    ['no end', rawEntry({ name: 'a' })],
    [
      'a content that is cut off',
      rawTar({ name: 'a', content: 'x'.repeat(2000) }).subarray(0, 1500),
    ],
    ['random bytes', Buffer.alloc(2048, 'garbage')],
    ['a negative size', rawTar({ name: 'a', size: '-0000000001\0' })],
    ['an enormous size', rawTar({ name: 'a', size: '77777777777\0' })],
    ['a size beyond 2^53', rawTar({ name: 'a', size: `\x80${'\xff'.repeat(11)}` })],
    ['a negative base-256 size', rawTar({ name: 'a', size: '\xff'.repeat(12) })],
    ['a size that is no number', rawTar({ name: 'a', size: 'abcdefghijk\0' })],
    ['a wrong checksum', rawTar({ name: 'a', checksum: '000001\0 ' })],
    ['a name that is not UTF-8', rawTar({ name: '\xff\xfe' })],
    ['a directory with content', rawTar({ name: 'a/', type: '5', content: 'x' })],
    ['a file that looks like a directory', rawTar({ name: 'a/' })],
    ...['1', '2', '3', '4', '6', '7', 'L', 'K', 'x', 'g', 'S', 'V', 'M', 'Z', '\xff'].map(
      (type): [string, Buffer] => [`an entry of type ${type}`, rawTar({ name: 'a', type })],
    ),
  ])('that hold %s are refused', async (_, archive) => {
    await expect(collect(readTar(inPieces(archive, [333])))).rejects.toThrow(InvalidInputError);
  });

  test.each([
    '..',
    '../x',
    'a/../b',
    'a/..',
    '/etc/passwd',
    '//x',
    'a//b',
    '.',
    './a',
    'a/.',
    '',
    '..\\x',
    'a\\b',
    'C:\\x',
  ])('with the name %j are refused', async (name) => {
    await expect(collect(readTar(await tarOf({ name })))).rejects.toThrow(InvalidInputError);
    const directory = await tarOf({ name: `${name}/`, type: '5' });
    await expect(collect(readTar(directory))).rejects.toThrow(InvalidInputError);
  });

  test('cannot smuggle a way out into the prefix of a POSIX name', async () => {
    const archive = await tarOf({ name: 'x', prefix: '../..', magic: 'ustar\x0000' });
    await expect(collect(readTar(archive))).rejects.toThrow('path traversal');
    const plain = await tarOf({ name: 'x', prefix: 'a/b', magic: 'ustar\x0000' });
    expect((await collect(readTar(plain)))[0]?.parts).toEqual(['a', 'b', 'x']);
  });

  test('beyond the limits are refused before their content is read', async () => {
    const entries = [{ name: 'a', content: 'x'.repeat(100) }, { name: 'b' }];
    await expect(collect(readTar(await tarOf(...entries), { maxEntries: 1 }))).rejects.toThrow(
      'more than 1 entries',
    );
    await expect(collect(readTar(await tarOf(...entries), { maxEntryBytes: 99 }))).rejects.toThrow(
      'larger than 99 bytes',
    );
    await expect(
      collect(readTar(await tarOf(...entries), { maxTotalBytes: 1000 })),
    ).rejects.toThrow('larger than 1000 bytes');
  });

  test('are closed at their source when the reader stops early', async () => {
    let isClosed = false;
    async function* endless() {
      try {
        yield rawEntry({ name: 'a' });
        for (;;) yield rawEntry({ name: 'b' });
      } finally {
        isClosed = true;
      }
    }
    for await (const entry of readTar(endless())) if (entry.parts[0] === 'b') break;
    expect(isClosed).toBe(true);
  });
});

describe('archives of nodes', () => {
  test('come back in both directions and in any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        nodes,
        fc.constantFrom('upload', 'download'),
        pieceSizes,
        async (list, direction, sizes) => {
          const archive = await gather(writeNodeArchive(list, direction));
          expect(await collect(readNodeArchive(inPieces(archive, sizes)))).toEqual(list);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('have the entries of the stock programs', async () => {
    const node: ArchivedNode = {
      id: '70c23c9a788098aeff64995742624c13' as Hash,
      blobs: { node: new Uint8Array(133), children: new Uint8Array(88) },
    };
    const names = async (direction: 'upload' | 'download') =>
      (await collect(readTar(writeNodeArchive([node], direction)))).map(
        ({ kind, parts, sizeBytes }) => `${kind[0]} ${parts.join('/')} ${sizeBytes}`,
      );
    expect(await names('upload')).toEqual([
      'd 70c/23c9a788098aeff64995742624c13 0',
      'f 70c/23c9a788098aeff64995742624c13/node 133',
      'f 70c/23c9a788098aeff64995742624c13/children 88',
    ]);
    expect((await names('download'))[1]).toBe(
      'f tree/nodes/70c/23c9a788098aeff64995742624c13/node 133',
    );
  });

  test('may mix both styles, leave out directories, and hold those above', async () => {
    const archive = await tarOf(
      { name: 'tree/nodes/', type: '5' },
      { name: 'tree', type: '5' },
      { name: 'tree/nodes/abc', type: '5' },
      { name: 'tree/nodes/abc/def/children', content: 'c' },
      { name: 'abc/def/node', content: 'n' },
      { name: 'abc/', type: '5' },
      { name: 'abc/0/node' },
      { name: 'abc/0/children' },
    );
    const read = await collect(readNodeArchive(archive));
    expect(
      read.map(({ id: nodeId, blobs }) => `${nodeId} ${blobs.node} ${blobs.children}`),
    ).toEqual(['abcdef 110 99', 'abc0  ']);
  });

  const other = { name: 'abc/123/node' };
  test.each<[string, RawEntry[]]>([
    ['a node without its other half', [{ name: 'abc/def/node' }]],
    [
      'halves that are not neighbours',
      [{ name: 'abc/def/node' }, other, { name: 'abc/def/children' }],
    ],
    ['the same half twice', [{ name: 'abc/def/node' }, { name: 'abc/def/node' }]],
    ['another leaf', [{ name: 'abc/def/other' }]],
    ['a leaf in capitals', [{ name: 'abc/def/NODE' }]],
    ['a deeper path', [{ name: 'abc/def/node/x' }]],
    ['a file where a directory belongs', [{ name: 'abc/def' }]],
    ['a file at the top', [{ name: 'config.toml' }]],
    ['a leaf that is a directory', [{ name: 'abc/def/node/', type: '5' }]],
    ['an id that is not hex', [{ name: 'xyz/123/node' }]],
    ['an id with capitals', [{ name: 'ABC/123/node' }]],
    ['an id of 33 digits', [{ name: `abc/${'1'.repeat(30)}/node` }]],
    ['a prefix of two digits', [{ name: 'ab/c123/node' }]],
    ['a foreign directory', [{ name: 'tree/x/abc/def/node' }]],
    ['control data', [{ name: '.oxen/config.toml' }]],
    ['control data behind the prefix', [{ name: 'tree/nodes/.oxen/config/node' }]],
    ['a way out', [{ name: '../../x/node' }]],
    ['a link', [{ name: 'abc/def/node', type: '2' }]],
  ])('with %s are refused', async (_, entries) => {
    const archive = await tarOf(...entries);
    await expect(collect(readNodeArchive(archive))).rejects.toThrow(InvalidInputError);
  });

  test('give the nodes before a bad entry', async () => {
    const archive = await tarOf(
      { name: 'abc/def/node' },
      { name: 'abc/def/children' },
      { name: 'bad' },
    );
    const ids: string[] = [];
    await expect(
      (async () => {
        for await (const node of readNodeArchive(archive)) ids.push(node.id);
      })(),
    ).rejects.toThrow();
    expect(ids).toEqual(['abcdef']);
  });

  test('cannot carry ids of fewer than four digits', async () => {
    const node = {
      id: 'abc' as Hash,
      blobs: { node: new Uint8Array(), children: new Uint8Array() },
    };
    await expect(gather(writeNodeArchive([node], 'upload'))).rejects.toThrow(InvalidInputError);
  });
});

describe('archives of contents', () => {
  test('come back in any pieces, in memory or as a stream', async () => {
    const versions = fc.array(fc.record({ hash: id, content: bytes }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(versions, pieceSizes, async (list, sizes) => {
        const archive = writeVersionArchive(
          list.map(({ hash, content }, index) => ({
            hash,
            sizeBytes: content.length,
            content: index % 2 === 0 ? content : inPieces(content, sizes),
          })),
        );
        const read: { hash: Hash; content: Uint8Array }[] = [];
        for await (const version of readVersionArchive(inPieces(await gather(archive), sizes))) {
          const isEven = read.length % 2 === 0;
          const content = isEven ? await version.readAll() : await gather(version.stream());
          expect(content.length).toBe(version.sizeBytes);
          read.push({ hash: version.hash, content });
        }
        expect(read).toEqual(list);
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    '../a1',
    'A1',
    '0a1',
    'xyz',
    'a1/b2',
    '.oxen',
    'a1.txt',
    `${'a'.repeat(33)}`,
  ])('named %j are refused', async (name) => {
    const read = collect(readVersionArchive(await tarOf({ name })));
    await expect(read).rejects.toThrow(InvalidInputError);
  });

  test('hold no directories', async () => {
    const read = collect(readVersionArchive(await tarOf({ name: 'a1', type: '5' })));
    await expect(read).rejects.toThrow(InvalidInputError);
  });
});

describe('archives of directory hashes', () => {
  test('come back commit by commit', async () => {
    const file = (name: string, text: string) => ({
      name,
      sizeBytes: text.length,
      content: Buffer.from(text),
    });
    const archive = writeDirHashArchive([
      { commitId: 'a1', files: [file('CURRENT', 'x'), file('000004.log', 'yy')] },
      { commitId: 'b2', files: [] },
      { commitId: 'c3', files: [file('MANIFEST-000005', '')] },
    ]);
    const read = await collect(readDirHashArchive(inPieces(await gather(archive), [100])));
    expect(read.map(({ commitId, files }) => [commitId, [...files.keys()]])).toEqual([
      ['a1', ['CURRENT', '000004.log']],
      ['b2', []],
      ['c3', ['MANIFEST-000005']],
    ]);
    expect(Buffer.from(read[0]?.files.get('000004.log') ?? []).toString()).toBe('yy');
  });

  test.each<[string, RawEntry[]]>([
    ['the configuration', [{ name: 'config.toml' }]],
    ['the configuration below a commit', [{ name: 'history/a1/config.toml' }]],
    ['another directory of a commit', [{ name: 'history/a1/dirs/CURRENT' }]],
    ['a deeper path', [{ name: 'history/a1/dir_hashes/x/y' }]],
    ['a file called history', [{ name: 'history' }]],
    ['a file in the place of the directory', [{ name: 'history/a1/dir_hashes' }]],
    ['a directory in the place of a file', [{ name: 'history/a1/dir_hashes/x/', type: '5' }]],
    ['a commit that is no hash', [{ name: 'history/xyz/dir_hashes/CURRENT' }]],
    ['a commit in capitals', [{ name: 'history/A1/dir_hashes/CURRENT' }]],
    ['a way out', [{ name: 'history/../config.toml' }]],
    ['a hidden file', [{ name: 'history/a1/dir_hashes/.x' }]],
    ['a name with spaces', [{ name: 'history/a1/dir_hashes/a b' }]],
    ['a link', [{ name: 'history/a1/dir_hashes/CURRENT', type: '2' }]],
    [
      'a file twice',
      [{ name: 'history/a1/dir_hashes/LOG' }, { name: 'history/a1/dir_hashes/LOG' }],
    ],
  ])('with %s are refused', async (_, entries) => {
    const read = collect(readDirHashArchive(await tarOf(...entries)));
    await expect(read).rejects.toThrow(InvalidInputError);
  });
});
