import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeMetadata,
  metadataJson,
  schemaHash,
  textMetadataJson,
  writeMetadata,
} from '../../../../src/core/format/metadata/metadata-codec.js';
import { MsgpackWriter } from '../../../../src/core/format/msgpack.js';
import type { FileMetadata } from '../../../../src/core/model/node.js';
import { loadVectors } from '../../../helpers/node-vectors.js';

function encodeMetadata(metadata: FileMetadata): Uint8Array {
  const writer = new MsgpackWriter();
  writeMetadata(writer, metadata);
  return writer.copy();
}

const counts = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const seconds = fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 });
const fields = fc.array(
  fc.record({
    name: fc.string({ unit: 'grapheme' }),
    dtype: fc.constantFrom('i64', 'str', 'list[f64]'),
  }),
);
const anyMetadata: fc.Arbitrary<FileMetadata> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), lineCount: counts, charCount: counts }),
  fc.record({ kind: fc.constant('image' as const), width: counts, height: counts }),
  fc.record({ kind: fc.constant('video' as const), seconds, width: counts, height: counts }),
  fc.record({
    kind: fc.constant('audio' as const),
    ...{ seconds, channelCount: counts, sampleRate: counts },
  }),
  fc.record({
    kind: fc.constant('tabular' as const),
    ...{ width: counts, height: counts, schemaHash: fc.constantFrom('1', '99aa'), fields },
  }),
);

describe('JSON text', () => {
  test.each([
    [0, '0.0'],
    [0.5, '0.5'],
    [1, '1.0'],
    [0.28, '0.28'],
    [123456789.125, '123456789.125'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e16'],
    [1.25e20, '1.25e20'],
    [1e-5, '0.00001'],
    [1.5e-6, '1.5e-6'],
  ])('writes %d seconds as %s', (value, text) => {
    expect(metadataJson({ kind: 'video', seconds: value, width: 1, height: 2 })).toBe(
      `{"video":{"num_seconds":${text},"width":1,"height":2}}`,
    );
  });

  test('escapes names as serde_json does', () => {
    const json = metadataJson({
      ...{ kind: 'tabular', width: 1, height: 0, schemaHash: 'a' },
      fields: [{ name: '"\\/\b\f\n\r\t\x01\x1f\x7f\u2028é😀', dtype: 'str' }],
    });
    expect(json).toContain(
      '"name":"\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\u2028é😀","dtype":"str"',
    );
  });

  test('holds the values of any metadata', () => {
    fc.assert(
      fc.property(anyMetadata, (metadata) => {
        const parsed = JSON.parse(metadataJson(metadata))[metadata.kind];
        if (metadata.kind === 'tabular') {
          const columns = parsed.schema.fields.map((field: { name: string }) => field.name);
          expect(columns).toEqual(metadata.fields.map(({ name }) => name));
        } else if (metadata.kind === 'text') {
          expect(parsed).toEqual({
            num_lines: metadata.lineCount,
            num_chars: metadata.charCount,
          });
          expect(metadataJson(metadata)).toBe(
            textMetadataJson(metadata.lineCount, metadata.charCount),
          );
        } else if (metadata.kind !== 'image') {
          expect(parsed.num_seconds).toBe(metadata.seconds);
        }
      }),
    );
  });
});

describe('node form', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(anyMetadata, (metadata) => {
        expect(decodeMetadata(encodeMetadata(metadata), metadata.kind)).toEqual(metadata);
      }),
    );
  });

  test('writes seconds as a double even when they are whole', () => {
    const bytes = encodeMetadata({ kind: 'audio', seconds: 2, channelCount: 1, sampleRate: 300 });
    expect(Buffer.from(bytes).toString('hex')).toBe('9193cb400000000000000001cd012c');
  });

  test('nil and unknown shapes are no metadata', () => {
    expect(decodeMetadata(new Uint8Array(), 'text')).toBeUndefined();
    expect(decodeMetadata(Uint8Array.of(0xc0), 'text')).toBeUndefined();
    expect(decodeMetadata(Uint8Array.of(0x91, 0x91, 0x90), 'dir')).toBeUndefined();
    expect(decodeMetadata(Uint8Array.of(0x91, 0x92, 1, 2, 3), 'text')).toBeUndefined();
  });

  test('any bytes are read without an error', () => {
    const types = fc.constantFrom('text', 'image', 'video', 'audio', 'tabular', 'binary', 'x');
    const damaged = fc
      .tuple(anyMetadata, fc.nat(), fc.nat(255), fc.nat())
      .map(([metadata, at, value, cut]) => {
        const bytes = encodeMetadata(metadata);
        bytes[at % bytes.length] = value;
        return bytes.subarray(0, cut % (bytes.length + 1));
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), damaged), types, (bytes, type) => {
        decodeMetadata(bytes, type);
      }),
      { numRuns: 1000 },
    );
  });
});

test('schema hashes equal the recorded ones', () => {
  const { schema_hash: recorded } = loadVectors<{
    schema_hash: { fields: [string, string][]; hash: string }[];
  }>('unit');
  expect(recorded.length).toBeGreaterThan(0);
  for (const vector of recorded) {
    const columns = vector.fields.map(([name, dtype]) => ({ name, dtype }));
    expect(schemaHash(columns)).toBe(vector.hash);
  }
});
