import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Hash } from '../../../src/core/model/hash.js';
import type { RepoPath } from '../../../src/core/model/path.js';
import type { DatabaseFile } from '../../../src/core/wire/archive/dir-hashes.js';
import { crc32c, maskCrc } from '../../../src/core/wire/dir-hashes/crc32c.js';
import { type DirHash, encodeDirHashes } from '../../../src/core/wire/dir-hashes/database.js';
import { LogWriter, logBlockLength } from '../../../src/core/wire/dir-hashes/log-format.js';
import { readDirHashes, readLog } from '../../helpers/dir-hash-database.js';

async function bytesOf(file: DatabaseFile | undefined): Promise<Uint8Array> {
  if (file === undefined) throw new Error('the file is missing');
  if (file.content instanceof Uint8Array) return file.content;
  const pieces: Uint8Array[] = [];
  for await (const piece of file.content) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function filesOf(entries: readonly DirHash[]): Promise<Map<string, Uint8Array>> {
  const files = await encodeDirHashes(() => entries);
  return new Map(
    await Promise.all(files.map(async (file) => [file.name, await bytesOf(file)] as const)),
  );
}

function logOf(...records: readonly Uint8Array[]): Uint8Array {
  const log = new LogWriter();
  for (const record of records) log.append(record);
  return Buffer.concat(log.takeAll());
}

describe('CRC-32C', () => {
  test('gives the published check value and can be continued', () => {
    const digits = Buffer.from('123456789');
    expect(crc32c(digits)).toBe(0xe3069283);
    expect(crc32c(digits, 4, 9, crc32c(digits, 0, 4))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa); // RFC 3720, B.4
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  });

  test('is masked as LevelDB does', () => {
    expect(maskCrc(0)).toBe(0xa282ead8);
    expect(maskCrc(0xe3069283)).toBe(0xc78ab0e5);
  });
});

describe('logs', () => {
  const record = fc.oneof(
    fc.uint8Array({ maxLength: 50 }),
    fc.integer({ min: 30_000, max: 70_000 }).map((length) => new Uint8Array(length).fill(length)),
  );

  test('give back their records, over any number of blocks', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), (records) => {
        const read = [...readLog(logOf(...records))];
        expect(read.length).toBe(records.length);
        expect(
          read.every((bytes, index) => Buffer.compare(bytes, records[index] ?? bytes) === 0),
        ).toBe(true);
      }),
    );
  });

  test('fill the end of a block with zeros where no header fits', () => {
    for (let left = 0; left < 16; left++) {
      const first = new Uint8Array(logBlockLength - 7 - left);
      const log = logOf(first, Uint8Array.of(1, 2, 3));
      expect([...readLog(log)].map(({ length }) => length)).toEqual([first.length, 3]);
      if (left < 7)
        expect(log.subarray(logBlockLength - left, logBlockLength)).toEqual(Buffer.alloc(left));
    }
  });
});

describe('databases of directory hashes', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((text) => !/[\0/\\]|^\.{1,2}$/.test(text) && !/oxen/i.test(text));
  const path = fc.array(name, { maxLength: 4 }).map((names) => names.join('/') as RepoPath);
  const hash = fc
    .bigInt({ min: 0n, max: 2n ** 128n - 1n })
    .map((value) => value.toString(16) as Hash);

  test('have the constant files of the specification', async () => {
    const files = await filesOf([{ path: '' as RepoPath, hash: 'abc' as Hash }]);
    expect([...files.keys()]).toEqual(['CURRENT', 'MANIFEST-000005', '000004.log']);
    expect(Buffer.from(files.get('CURRENT') ?? []).toString()).toBe('MANIFEST-000005\n');
    const manifest = files.get('MANIFEST-000005') ?? new Uint8Array(0);
    expect(manifest.length).toBe(127); // as in the recorded pushes of real clients
    const records = [...readLog(manifest)].map((record) => Buffer.from(record).toString('hex'));
    expect(records.map((record) => record.replace(/^(814024).{72}$/, '$1'))).toEqual([
      '814024',
      '',
      `011a${Buffer.from('leveldb.BytewiseComparator').toString('hex')}89400101`,
      '02000400',
      '8b400176',
      '090003060400',
    ]);
  });

  test('hold one write batch with sequence number 1 for few directories', async () => {
    const files = await filesOf([
      { path: '' as RepoPath, hash: 'abc' as Hash },
      { path: 'a/b' as RepoPath, hash: '1' as Hash },
    ]);
    const [batch] = [...readLog(files.get('000004.log') ?? new Uint8Array(0))];
    expect(Buffer.from(batch ?? []).toString('hex')).toBe(
      `010000000000000002000000${'0100'}03616263${'0103612f62'}0131`,
    );
  });

  test('come back as they were written', async () => {
    const entries = fc.uniqueArray(fc.record({ path, hash }), {
      selector: (entry) => entry.path,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(entries, async (list) => {
        const read = readDirHashes((await filesOf(list)).get('000004.log') ?? new Uint8Array(0));
        expect(read).toEqual(new Map(list.map((entry) => [entry.path, entry.hash])));
      }),
    );
  });

  test('of very many directories are streamed, with their length known before', async () => {
    const count = 200_000;
    let passes = 0;
    async function* list() {
      passes++;
      for (let index = 0; index < count; index++) {
        yield {
          path: `some/directory/with/a/long/name/${index}` as RepoPath,
          hash: (index + 1).toString(16).padStart(32, 'f') as Hash,
        };
      }
    }
    const files = await encodeDirHashes(list);
    const log = await bytesOf(files[2]);
    expect(log.length).toBe(files[2]?.sizeBytes);
    expect(passes).toBe(2);
    const read = readDirHashes(log);
    expect(read.size).toBe(count);
    const sequences = [...readLog(log)].map((record) =>
      Number(Buffer.from(record).readBigUInt64LE(0)),
    );
    expect(sequences.length).toBeGreaterThan(10);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
  });

  test('of the real client (oxenai 0.65.1) have the form that we write, and our constant files are like its own', async () => {
    const theirLog = Buffer.from(
      'PjjoHC8AAQEAAAAAAAAAAQAAAAEAIDNiYTc0YWI2YjY0Y2IwNjJiMTYxODE5NWVhNWViNGExj2xTuzIAAQIAAAAAAAAAAQAAAAEDYS9iIGI2N2I5MWQ0MGZlNzhmMmI1MWQyOTQ1MjJmZWE5M2Q0BQzg0jAAAQMAAAAAAAAAAQAAAAEBYSA2MWE5Y2I3NGQyYjZjZDk1ZTBlNTczN2FlMWJmZGVlMLq2eJwxAAEEAAAAAAAAAAEAAAABAsO8IDEzZDM5ZjcxMzM3MTg0MTcxZDdjNjcxN2FhZjhjOWM3',
      'base64',
    );
    const theirManifest = Buffer.from(
      'DZdp5ycAAYFAJGI1NjdmYmZjLTdjZWYtNDI2OS1iZWQxLTYzOGFjM2RkOTMzNgUrKEMAAAE1QD+IIAABARpsZXZlbGRiLkJ5dGV3aXNlQ29tcGFyYXRvcolAAQH0AwxaBAABAgAEAI9b58QEAAGLQAF2/Cwm+QYAAQkAAwYEAA==',
      'base64',
    );
    const hashes = new Map([
      ['', '3ba74ab6b64cb062b1618195ea5eb4a1'],
      ['a/b', 'b67b91d40fe78f2b51d294522fea93d4'],
      ['a', '61a9cb74d2b6cd95e0e5737ae1bfdee0'],
      ['ü', '13d39f71337184171d7c6717aaf8c9c7'],
    ]);
    expect(readDirHashes(theirLog)).toEqual(hashes);
    const ours = await filesOf([...hashes].map(([path, hash]) => ({ path, hash }) as DirHash));
    const behindTheId = 7 + 3 + 36;
    expect(Buffer.from(ours.get('MANIFEST-000005') ?? []).subarray(behindTheId)).toEqual(
      theirManifest.subarray(behindTheId),
    );
  });
});
