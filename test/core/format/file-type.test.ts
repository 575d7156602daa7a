import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  classify,
  extensionOf,
  headBytes,
  mimeNumberOf,
} from '../../../src/core/format/file-type.js';
import { lowestRule, noRule } from '../../../src/core/format/magic-rules.js';
import {
  dataTypeNumberOfMime,
  dataTypeNumbers,
  mimeTypeNumber,
  mimeTypes,
} from '../../../src/core/format/mime-types.js';
import { dataTypes } from '../../../src/core/model/node.js';
import { compoundFile, magicSamples } from '../../helpers/magic-samples.js';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const mimeOf = (head: Uint8Array, name = 'file'): string => classify(head, name).mimeType;

describe('rules of the sniffer', () => {
  test.each(magicSamples)('rule $rule gives $mime', ({ rule, mime, head }) => {
    expect(lowestRule(head)).toBe(rule);
    expect(mimeOf(head)).toBe(mime);
  });

  test.each(magicSamples)('rule $rule ($mime) does not match a near miss', (sample) => {
    for (const miss of sample.misses) expect(lowestRule(miss)).not.toBe(sample.rule);
  });

  test('every rule has a sample', () => {
    const covered = new Set(magicSamples.map(({ rule }) => rule));
    const all = Array.from({ length: 98 }, (_, index) => index + 1);
    // 4 is the same as 3 and 67 the same as 14
    expect(all.filter((rule) => !covered.has(rule))).toEqual([4, 67]);
  });

  test('the lowest of several matching rules wins', () => {
    const bitmapWithPdf = Buffer.concat([bytes('BM'), bytes('  %PDF')]);
    expect(mimeOf(bitmapWithPdf)).toBe('image/bmp');
    expect(mimeOf(bytes('<html> %PDF-1.4'))).toBe('application/pdf');
    expect(mimeOf(bytes('RIFF....WEBP'))).toBe('image/webp');
    const tarOfPdf = Buffer.concat([Buffer.alloc(257, 0x20), bytes('ustar %PDF')]);
    expect(mimeOf(tarOfPdf)).toBe('application/x-tar');
  });

  test('a pdf mark counts when it ends within the first 1024 bytes', () => {
    for (let offset = 0; offset < 1100; offset++) {
      const head = Buffer.concat([Buffer.alloc(offset, 0x61), bytes('%PDF'), Buffer.alloc(90, 97)]);
      expect(mimeOf(head)).toBe(offset <= 1020 ? 'application/pdf' : 'text/plain');
    }
  });

  test('a compound file with damaged tables is only ole storage', () => {
    const word = compoundFile('0609020000000000c000000000000046');
    expect(mimeOf(word)).toBe('application/msword');
    for (const [at, value] of [
      [26, 5], // version
      [30, 12], // sector size
      [512 + 4, 9], // an entry that points outside
      [1024 + 66, 2], // root is a stream
      [1024 + 76, 9], // child outside the directory
      [60, 7], // mini table outside the file
    ] as const) {
      const damaged = Buffer.from(word);
      damaged.writeUInt16LE(value, at);
      if (at !== 26 && at !== 30) damaged.writeUInt16LE(0, at + 2);
      expect(mimeOf(damaged)).toBe('application/x-ole-storage');
    }
  });
});

describe('text', () => {
  test.each([
    ['an empty file', ''],
    ['plain ASCII', 'hello'],
    ['NUL bytes', 'a\0b'],
    ['a byte order mark', '\xef\xbb\xbfhi'],
    ['two, three and four byte characters', '\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80'],
    ['a two byte character cut off', 'a\xc3'],
    ['a three byte character cut off after one byte', 'a\xe2'],
    ['a three byte character cut off after two bytes', 'a\xe2\x82'],
    ['a four byte character cut off after three bytes', 'a\xf0\x9f\x98'],
    ['only the start of a character', '\xf0\x9f'],
  ])('%s is text', (_, content) => {
    expect(classify(bytes(content), 'x')).toEqual({
      mimeType: 'text/plain',
      dataType: 'text',
      extension: '',
    });
  });

  test.each([
    ['Latin-1', 'caf\xe9 x'],
    ['a continuation byte alone', 'a\x80'],
    ['an overlong form', 'a\xc0\x80'],
    ['an overlong form cut off', 'a\xe0\x80'],
    ['a surrogate cut off', 'a\xed\xa0'],
    ['a character beyond the last cut off', 'a\xf4\x90'],
    ['a byte that never occurs', 'a\xf5'],
    ['too many continuation bytes', 'a\xc3\xa9\xa9'],
    ['a lead byte after a lead byte', 'a\xc3\xc3'],
  ])('%s is binary', (_, content) => {
    expect(classify(bytes(content), 'x').mimeType).toBe('application/octet-stream');
    const long = Buffer.concat([Buffer.alloc(100, 0x61), bytes(content)]);
    expect(classify(long, 'x').dataType).toBe('binary');
  });

  test('only the first 4096 bytes must be text, and a character may be cut off there', () => {
    const late = Buffer.concat([Buffer.alloc(4096, 0x61), bytes('\xff\xfe')]);
    expect(mimeOf(late)).toBe('text/plain');
    const across = Buffer.concat([Buffer.alloc(4094, 0x61), bytes('\xe2\x82\xac\xff')]);
    expect(mimeOf(across)).toBe('text/plain');
    const early = Buffer.concat([Buffer.alloc(4095, 0x61), bytes('\xff')]);
    expect(mimeOf(early)).toBe('application/octet-stream');
  });

  test('agrees with a strict decoder on any bytes', () => {
    const isText = (data: Uint8Array): boolean => {
      try {
        new TextDecoder('utf-8', { fatal: true }).decode(data, { stream: true });
        return true;
      } catch {
        return false;
      }
    };
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.nat(40), (pieces, cut) => {
        const all = Buffer.concat([bytes('x: '), ...pieces]);
        const data = all.subarray(0, Math.max(3, all.length - cut));
        if (lowestRule(data) !== noRule) return;
        expect(mimeOf(data)).toBe(isText(data) ? 'text/plain' : 'application/octet-stream');
      }),
      { numRuns: 2000 },
    );
  });
});

describe('names', () => {
  test.each([
    ['a.txt', 'txt'],
    ['a.tar.gz', 'gz'],
    ['A.MD', 'MD'],
    ['.gitignore', ''],
    ['.a.b', 'b'],
    ['..a', 'a'],
    ['dot.', ''],
    ['none', ''],
    ['', ''],
  ])('the extension of %j is %j', (name, extension) => {
    expect(extensionOf(name)).toBe(extension);
    expect(classify(bytes('x'), name).extension).toBe(extension);
  });

  test.each(['a.md', 'A.MD', 'a.mD'])('%s is markdown even when binary', (name) => {
    expect(mimeOf(bytes('# up'), name)).toBe('text/markdown');
    expect(mimeOf(bytes('\xff\xff'), name)).toBe('text/markdown');
    expect(mimeOf(bytes('%PDF'), name)).toBe('application/pdf');
  });

  test.each(['.md', 'a.cmd', 'amd', 'md'])('%s is not markdown', (name) => {
    expect(mimeOf(bytes('# up'), name)).toBe('text/plain');
  });

  test.each([
    'csv',
    'TSV',
    'Parquet',
    'arrow',
    'ndjson',
    'JSONL',
  ])('.%s makes a table', (ending) => {
    expect(classify(bytes('x'), `a.${ending}`).dataType).toBe('tabular');
    expect(classify(bytes('BC'), `a.${ending}`).dataType).toBe('tabular');
    expect(classify(bytes('\x89PNG'), `a.${ending}`).dataType).toBe('image');
    expect(classify(bytes('x'), `.${ending}`).dataType).toBe('text');
    expect(classify(bytes('x'), `a.x${ending}`).dataType).toBe('text');
  });

  test('json is a table when its first byte opens an array', () => {
    expect(classify(bytes('[1]'), 'a.json').dataType).toBe('tabular');
    expect(classify(bytes(' [1]'), 'a.json').dataType).toBe('text');
    expect(classify(bytes('{}'), 'a.json').dataType).toBe('text');
    expect(classify(bytes('[1]'), 'a.JSON').dataType).toBe('text');
    expect(classify(bytes(''), 'a.json').dataType).toBe('text');
  });
});

describe('the list of mime types', () => {
  test('has no type twice and finds each by name', () => {
    expect(mimeTypes.map((type) => mimeTypeNumber(type))).toEqual([...mimeTypes.keys()]);
    expect(mimeTypeNumber('text/none')).toBeUndefined();
  });

  test('numbers are never changed', () => {
    const recorded = JSON.parse(
      readFileSync(new URL('../../fixtures/mime-types.json', import.meta.url), 'utf8'),
    );
    expect(mimeTypes.slice(0, recorded.length)).toEqual(recorded);
  });

  test('data types follow from the mime type', () => {
    const typeOf = (type: string): string | undefined =>
      dataTypes[dataTypeNumberOfMime(mimeTypeNumber(type) ?? -1)];
    expect(typeOf('image/vnd.microsoft.icon')).toBe('image');
    expect(typeOf('audio/opus')).toBe('audio');
    expect(typeOf('video/webm')).toBe('video');
    expect(typeOf('text/html')).toBe('text');
    expect(typeOf('application/zip')).toBe('binary');
    expect(dataTypeNumberOfMime(9999)).toBe(dataTypeNumbers.binary);
  });
});

test('any bytes have a type', () => {
  const heads = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc
      .tuple(
        fc.constantFrom(...magicSamples.map(({ head }) => head)),
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(600),
      )
      .map(([start, rest, cut]) => Buffer.concat([start, rest]).subarray(0, cut)),
  );
  fc.assert(
    fc.property(heads, fc.string({ maxLength: 12 }), (head, name) => {
      const { mimeType, dataType } = classify(head.subarray(0, headBytes), name);
      expect(mimeTypes).toContain(mimeType);
      expect(mimeTypes[mimeNumberOf(head, name)]).toBe(mimeType);
      expect(dataTypes).toContain(dataType);
    }),
    { numRuns: 3000 },
  );
});
