import { decode, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EntryPeek, peekEntry, peekedName } from '../../../src/core/format/entry-peek.js';
import {
  encodeFileInto,
  extensionStart,
  FileColumns,
} from '../../../src/core/format/file-payload.js';
import { MsgpackWriter } from '../../../src/core/format/msgpack.js';
import {
  checkFilePayload,
  decodeCommit,
  decodeDir,
  decodeFile,
  decodeVNode,
  encodeCommit,
  encodeDir,
  encodeFile,
  encodeVNode,
  writeDir,
} from '../../../src/core/format/node-codec.js';
import { IntegrityError, InvalidInputError } from '../../../src/core/model/errors.js';
import { type CommitId, hashFromBytes, hashToBytes } from '../../../src/core/model/hash.js';
import type { CommitNode, DirNode, FileNode } from '../../../src/core/model/node.js';
import { jsonValue } from '../../helpers/json-values.js';

const hash = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => hashFromBytes(bytes));
const commitId = hash.map((value) => value as CommitId);
const text = fc.string({ unit: 'grapheme', maxLength: 300 });
const timestamp = fc.record({
  seconds: fc.integer({ min: -200_000_000_000, max: 250_000_000_000 }),
  nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
});
const size = fc.maxSafeNat();
const counters = fc
  .uniqueArray(text, { maxLength: 20 })
  .chain((keys) =>
    fc
      .array(fc.maxSafeInteger(), { minLength: keys.length, maxLength: keys.length })
      .map((values) => new Map(keys.map((key, index) => [key, values[index] ?? 0]))),
  );
const commits: fc.Arbitrary<CommitNode> = fc.record({
  id: commitId,
  parentIds: fc.array(commitId, { maxLength: 20 }),
  message: text,
  author: text,
  email: text,
  timestamp,
});
const dirs: fc.Arbitrary<DirNode> = fc.record({
  hash,
  name: text,
  entryCount: size,
  sizeBytes: fc.maxSafeInteger(),
  lastCommitId: hash,
  dataTypeCounts: counters,
  dataTypeSizes: counters,
});
const files: fc.Arbitrary<FileNode> = fc.record({
  name: text,
  hash,
  metadataHash: fc.option(hash, { nil: undefined }),
  combinedHash: hash,
  sizeBytes: size,
  lastCommitId: hash,
  modified: fc.record({
    seconds: fc.maxSafeInteger(),
    nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
  }),
  dataType: text,
  metadata: jsonValue.map((value) => encode(value)),
  mimeType: text,
  extension: text,
});

function bigEndian(value: Parameters<typeof hashToBytes>[0]): Uint8Array {
  return hashToBytes(value).reverse();
}

function bare(payload: Uint8Array, dropped?: number): Uint8Array {
  const [envelope] = decode(payload) as [{ V0_25_0: unknown[] }];
  const fields = envelope.V0_25_0;
  return encode(dropped === undefined ? fields : fields.filter((_, index) => index !== dropped));
}

test('writes a file as the oracle reads it', () => {
  fc.assert(
    fc.property(files, (file) => {
      const metadataHash = file.metadataHash === undefined ? null : bigEndian(file.metadataHash);
      expect(decode(encodeFile(file))).toEqual([
        {
          V0_25_0: [
            ...[
              'File',
              file.name,
              metadataHash,
              bigEndian(file.hash),
              bigEndian(file.combinedHash),
            ],
            ...[file.sizeBytes, bigEndian(file.lastCommitId), file.modified.seconds],
            ...[file.modified.nanoseconds, file.dataType, decode(file.metadata), file.mimeType],
            ...[file.extension, [bigEndian(file.hash)], 'SingleFile', 'Disk'],
          ],
        },
      ]);
    }),
  );
});

test('reads back every commit, directory, vnode and file that it writes', () => {
  fc.assert(
    fc.property(commits, dirs, files, (commit, dir, file) => {
      expect(decodeCommit(encodeCommit(commit))).toEqual(commit);
      expect(decodeDir(encodeDir(dir))).toEqual(dir);
      const vnode = { hash: dir.hash, entryCount: dir.entryCount };
      expect(decodeVNode(encodeVNode(vnode))).toEqual(vnode);
      const payload = encodeFile(file);
      checkFilePayload(payload, 0, payload.length);
      const decoded = decodeFile(payload);
      expect({ ...decoded, metadata: [...decoded.metadata] }).toEqual({
        ...file,
        metadata: [...file.metadata],
      });
    }),
  );
});

test('peeks the same facts that decoding gives', () => {
  const peek = new EntryPeek();
  fc.assert(
    fc.property(files, dirs, fc.nat(9), (file, dir, shift) => {
      for (const node of [file, dir]) {
        const payload = 'metadata' in node ? encodeFile(node) : encodeDir(node);
        const bytes = Buffer.concat([Buffer.alloc(shift), payload, Buffer.alloc(shift)]);
        peekEntry(bytes, shift, shift + payload.length, peek);
        expect(peekedName(bytes, peek)).toBe(node.name);
        expect(peek.sizeBytes).toBe(node.sizeBytes);
        expect(bytes.subarray(peek.hashOffset, peek.hashOffset + 16)).toEqual(
          Buffer.from(bigEndian(node.hash)),
        );
      }
    }),
  );
});

test('writes the same payload from columns and from a value', () => {
  const writer = new MsgpackWriter(16);
  const columns = new FileColumns();
  fc.assert(
    fc.property(files, (file) => {
      const name = Buffer.from(file.name);
      columns.name = name;
      columns.nameEnd = name.length;
      columns.hash = hashToBytes(file.hash);
      columns.metadataHash = hashToBytes(file.metadataHash ?? file.hash);
      columns.metadataHashOffset = file.metadataHash === undefined ? -1 : 0;
      columns.combinedHash = hashToBytes(file.combinedHash);
      columns.lastCommitId = hashToBytes(file.lastCommitId);
      columns.sizeBytes = file.sizeBytes;
      columns.modifiedSeconds = file.modified.seconds;
      columns.modifiedNanoseconds = file.modified.nanoseconds;
      columns.dataType = file.dataType;
      columns.mimeType = file.mimeType;
      columns.metadata = file.metadata;
      columns.metadataEnd = file.metadata.length;
      writer.reset();
      encodeFileInto(writer, columns);
      const at = extensionStart(name, 0, name.length);
      const extension = name.toString('utf8', at);
      expect(Buffer.from(writer.view())).toEqual(Buffer.from(encodeFile({ ...file, extension })));
    }),
  );
});

test.each([
  ['photo.JPG', 'JPG'],
  ['archive.tar.gz', 'gz'],
  ['.gitignore', ''],
  ['.a.b', 'b'],
  ['ends.', ''],
  ['none', ''],
  ['naïve.é', 'é'],
])('takes the extension of %s to be %j', (name, extension) => {
  const bytes = Buffer.from(`x.${name}`);
  expect(bytes.toString('utf8', extensionStart(bytes, 2, bytes.length))).toBe(extension);
});

test('says where the last commit id of a directory lies', () => {
  fc.assert(
    fc.property(dirs, (dir) => {
      const writer = new MsgpackWriter(16);
      writer.text('before');
      const at = writeDir(writer, dir);
      expect(Buffer.from(writer.view(at)).subarray(0, 16)).toEqual(
        Buffer.from(bigEndian(dir.lastCommitId)),
      );
    }),
  );
});

test('reads the forms of repositories older than 0.25, but no such commit', () => {
  fc.assert(
    fc.property(dirs, files, (dir, file) => {
      expect(
        decodeDir(
          bare(
            encodeDir({
              ...dir,
              sizeBytes: 5,
              dataTypeCounts: new Map(),
              dataTypeSizes: new Map(),
            }),
            3,
          ),
        ),
      ).toMatchObject({
        name: dir.name,
        entryCount: 0,
        sizeBytes: 5,
      });
      const vnode = bare(encodeVNode({ hash: dir.hash, entryCount: 1 }), 2);
      expect(decodeVNode(vnode)).toEqual({ hash: dir.hash, entryCount: 0 });
      const { metadata: _, ...facts } = file;
      const payload = bare(encodeFile(file));
      expect(decodeFile(payload)).toMatchObject(facts);
      const peek = new EntryPeek();
      peekEntry(payload, 0, payload.length, peek);
      expect(peekedName(payload, peek)).toBe(file.name);
    }),
  );
  const commit = fc.sample(commits, { numRuns: 1, seed: 1 })[0];
  expect(() => decodeCommit(bare(encodeCommit(commit as CommitNode)))).toThrow(IntegrityError);
});

test('refuses a version that it does not know', () => {
  expect(() => decodeVNode(encode([{ V9_0_0: [1] }]))).toThrow('unknown version "V9_0_0"');
});

test('refuses a time that does not fit the format', () => {
  const commit = fc.sample(commits, { numRuns: 1, seed: 1 })[0] as CommitNode;
  const late = { ...commit, timestamp: { seconds: 300_000_000_000, nanoseconds: 0 } };
  expect(() => encodeCommit(late)).toThrow(InvalidInputError);
});

const decoders: readonly ((bytes: Uint8Array) => unknown)[] = [
  decodeCommit,
  decodeDir,
  decodeVNode,
  decodeFile,
  (bytes) => checkFilePayload(bytes, 0, bytes.length),
  (bytes) => peekEntry(bytes, 0, bytes.length, new EntryPeek()),
];

test('fails only with an integrity error on damaged payloads', () => {
  const payloads = fc.oneof(
    commits.map(encodeCommit),
    dirs.map(encodeDir),
    files.map(encodeFile),
    fc.uint8Array(),
  );
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
  fc.assert(
    fc.property(payloads, damage, fc.nat(), (payload, changes, cut) => {
      const bytes = Uint8Array.from(payload.subarray(0, payload.length - (cut % 7)));
      for (const [at, value] of changes) bytes[at % (bytes.length + 1)] = value;
      for (const decodeBytes of decoders) {
        try {
          decodeBytes(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(IntegrityError);
        }
      }
    }),
    { numRuns: 1500 },
  );
});
