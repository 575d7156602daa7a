import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashInto } from '../../../src/core/format/hashing.js';
import {
  bodyMatches,
  checksumBody,
  decodeManifest,
  decodeRecordHeader,
  encodeManifest,
  encodeRecordHeader,
  recordHeaderLength,
  recordHeaderProblem,
  startsRecord,
} from '../../../src/core/format/pack-record.js';
import { IntegrityError } from '../../../src/core/model/errors.js';

const fields = fc.record({
  kind: fc.integer({ min: 1, max: 4 }),
  codec: fc.integer({ min: 0, max: 255 }),
  storedLength: fc.integer({ min: 0, max: 0xffffffff }),
  rawLength: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  hash: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  bodyChecksum: fc.uint8Array({ minLength: 8, maxLength: 8 }),
});

describe('record headers', () => {
  test('come back as they were written, at any offset', () => {
    fc.assert(
      fc.property(fields, fc.integer({ min: 0, max: 40 }), (header, offset) => {
        const bytes = new Uint8Array(offset + recordHeaderLength);
        encodeRecordHeader(header, bytes, offset);
        expect(startsRecord(bytes, offset)).toBe(true);
        expect(decodeRecordHeader(bytes, offset)).toEqual(header);
      }),
    );
  });

  test('with any flipped bit are refused', () => {
    fc.assert(
      fc.property(fields, fc.integer({ min: 0, max: 48 * 8 - 1 }), (header, bit) => {
        const bytes = new Uint8Array(recordHeaderLength);
        encodeRecordHeader(header, bytes, 0);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(recordHeaderProblem(bytes, 0)).toBeTypeOf('string');
        expect(() => decodeRecordHeader(bytes, 0)).toThrow(IntegrityError);
      }),
    );
  });

  test('that are cut off are refused', () => {
    const bytes = new Uint8Array(recordHeaderLength - 1);
    expect(recordHeaderProblem(bytes, 0)).toBe('the record header is cut off');
  });

  test('of raw content take the low half of the content hash as body checksum', () => {
    const body = Buffer.from('some content that is stored as it is');
    const hash = new Uint8Array(16);
    hashInto(body, hash, 0);
    const bytes = new Uint8Array(recordHeaderLength);
    const lengths = { storedLength: body.length, rawLength: body.length };
    encodeRecordHeader({ kind: 1, codec: 0, ...lengths, hash }, bytes, 0);
    const header = decodeRecordHeader(bytes, 0);
    expect(bodyMatches(header, body)).toBe(true);
    expect(bodyMatches(header, Buffer.from('Some content that is stored as it is'))).toBe(false);
    expect(bodyMatches(header, body.subarray(1))).toBe(false);
    expect(header.bodyChecksum).toEqual(checksumBody(body));
  });
});

describe('manifests', () => {
  test('come back as they were written', () => {
    const chunk = fc.tuple(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.integer({ min: 0, max: 0xffffffff }),
    );
    fc.assert(
      fc.property(fc.array(chunk), (chunks) => {
        const manifest = {
          chunkHashes: new Uint8Array(Buffer.concat(chunks.map(([hash]) => hash))),
          chunkLengths: Uint32Array.from(chunks.map(([, length]) => length)),
        };
        expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest);
      }),
    );
  });

  test('of a broken length are refused', () => {
    expect(() => decodeManifest(new Uint8Array(21))).toThrow(IntegrityError);
  });
});
