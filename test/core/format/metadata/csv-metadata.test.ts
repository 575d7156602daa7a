import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sniffDialect } from '../../../../src/core/format/metadata/csv-dialect.js';
import { maxRowBytes } from '../../../../src/core/format/metadata/csv-rows.js';
import { openCollector, readMetadata } from '../../../../src/core/format/metadata/read-metadata.js';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Width x height and the columns, or `none`. */
function tableOf(content: string | Uint8Array, extension = 'csv'): string {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const { metadata, dataType } = readMetadata({ dataType: 'tabular', extension }, bytes);
  if (metadata?.kind !== 'tabular') return dataType === 'binary' ? 'none' : 'wrong';
  const columns = metadata.fields.map(({ name, dtype }) => `${name}:${dtype}`);
  return `${metadata.width}x${metadata.height} ${columns.join(' ')}`.trim();
}

describe('dialect', () => {
  const rows = (delimiter: string): string =>
    ['name', 'size', 'share'].join(delimiter) +
    '\n' +
    [1, 2, 3, 4].map((row) => ['ab', row, '0.5'].join(delimiter)).join('\n') +
    '\n';

  test.each([
    ['commas', rows(','), ',', '"'],
    ['semicolons', rows(';'), ';', '"'],
    ['tabs', rows('\t'), '\t', '"'],
    ['pipes', rows('|'), '|', '"'],
    ['blanks', rows(' '), ' ', '"'],
    ['tildes', rows('~'), '~', '"'],
    ['lines that end with CR LF', rows(';').replaceAll('\n', '\r\n'), ';', '"'],
    ['double quotes around all fields', '"a";"b"\n"1";"2"\n"3";"4"\n', ';', '"'],
    ['single quotes', "'a':'b'\n'1':'2'\n'3':'4'\n", ':', "'"],
    ['backticks', '`a`|`b`\n`1`|`2`\n`3`|`4`\n', '|', '`'],
    ['quoted delimiters of another kind', '"a" , "b"\n"1;2" , "x;y;z"\n"3" , "4"\n', ',', '"'],
    ['more single quotes than double ones', "'a','b','c'\n'1','2','\"'\n", ',', "'"],
    ['a comma in each number', 'a;b;c\n1,5;2;x\n2,5;3;y\n', ';', '"'],
    ['only a header', 'a;b;c\n', ',', '"'],
    ['one column', 'a\n1\n2\n', ',', '"'],
    ['nothing', '', ',', '"'],
    ['no line end', 'a;b', ',', '"'],
    ['rows of different width after the sample', `${'a;b\n'.repeat(5000)}1;2;3\n`, ',', '"'],
    ['a line longer than the sample', `${'a;b;'.repeat(5000)}\n1;2\n`, ',', '"'],
    ['only non-ASCII between quotes', '"a"\u20ac"b"\n"c"\u20ac"d"\n', ',', '"'],
  ])('%s', (_, content, delimiter, quote) => {
    const found = sniffDialect(Buffer.from(content).subarray(0, 65536));
    expect(String.fromCharCode(found.delimiter, found.quote)).toBe(delimiter + quote);
  });

  test('a preamble of other lines is passed over, but not one of a single line', () => {
    const table = rows(';').repeat(3);
    const delimiter = (text: string): string =>
      String.fromCharCode(sniffDialect(Buffer.from(text)).delimiter);
    expect(delimiter(`title\nauthor\n${table}`)).toBe(';');
    expect(delimiter(`title\n${table}`)).toBe(',');
  });

  test('many white space characters between quotes cost linear time', () => {
    const found = sniffDialect(Buffer.from(`"${' '.repeat(16000)}x\n`));
    expect(String.fromCharCode(found.delimiter)).toBe(',');
  });

  test('tsv forces tabs and keeps the quote', () => {
    expect(tableOf('a\tb\n1,2\tx\n', 'tsv')).toBe('2x1 a:str b:str');
    expect(tableOf("'a';'b'\n'1';'2'\n'3';'4'\n", 'tsv')).toBe("1x2 a';'b:str");
  });
});

describe('types of fields', () => {
  const typeOf = (...fields: string[]): string =>
    tableOf(`id,v\n${fields.map((field) => `1,${field}`).join('\n')}\n`).replace(/.* v:/, '');

  test.each([
    [
      'i64',
      '0',
      '-0',
      '007',
      '9223372036854775807',
      '-9223372036854775808',
      '0000000000000000000012',
    ],
    ['i128', '9223372036854775808', '-9223372036854775809', `1${'0'.repeat(60)}`],
    [
      'f64',
      '1.5',
      '.5',
      '5.',
      '-.5',
      '+1.5',
      '1e5',
      '1E-5',
      '1.5e+5',
      'inf',
      '-inf',
      'NaN',
      '+NaN',
    ],
    ['bool', 'true', 'FALSE', 'True', 'fal\u017fe'],
    [
      'str',
      '+5',
      ' 5',
      '5 ',
      '1_000',
      '2020-01-01',
      '10:00',
      'NA',
      'null',
      '0x1F',
      '1e',
      '1.e5',
      '-',
      '.',
    ],
    ['str', '"""x"""', '1,2', 'nan', 'INF', 'truee', 'é', '""'],
  ])('%s: %j', (type, ...fields) => {
    for (const field of fields) {
      if (!field.includes(',')) expect([field, typeOf(field)]).toEqual([field, type]);
    }
  });

  test('digits of any script count, but make no 64-bit integer', () => {
    expect(typeOf('\u0663')).toBe('i128');
    expect(typeOf('\u0663.\u0663')).toBe('f64');
  });

  test.each([
    [['1', '2.5'], 'f64'],
    [['1', '9223372036854775808'], 'i128'],
    [['1.5', '9223372036854775808'], 'f64'],
    [['1', '1.5', '9223372036854775808'], 'str'],
    [['1', 'true'], 'str'],
    [['1', 'x'], 'str'],
    [['1', ''], 'i64'],
    [['', ''], 'str'],
  ])('a column of %j is %s', (fields, type) => {
    expect(typeOf(...fields)).toBe(type);
  });
});

describe('rows', () => {
  test.each([
    ['a byte order mark is skipped', '\ufeffa,b\n1,2\n', '2x1 a:i64 b:i64'],
    ['empty lines before the header count as rows', '\n\r\na,b\n1,2\n', '2x3 a:i64 b:i64'],
    ['a last line may lack its end', 'a,b\n1,2', '2x1 a:i64 b:i64'],
    ['a CR at the end does not count', 'a,b\r\n1,2\r\n', '2x1 a:i64 b:i64'],
    ['fields beyond the header are ignored', 'a,b\n1,2,x\n', '2x1 a:i64 b:i64'],
    ['missing fields say nothing', 'a,b,c\n1,2\n4,5\n', '3x2 a:i64 b:i64 c:str'],
    ['quotes keep line ends and delimiters', 'a,b\n"x\ny,z",2\n', '2x2 a:str b:i64'],
    ['a quoted number is a number', 'a,b\n"1",2\n"3",4\n', '2x2 a:i64 b:i64'],
    ['inner quotes stay doubled', '"a""q",b\n1,2\n1,2\n', '2x2 a""q:i64 b:i64'],
    [
      'repeated names are numbered',
      'a,a,b,a\n1,2,3,4\n',
      '4x1 a:i64 a_duplicated_0:i64 b:i64 a_duplicated_1:i64',
    ],
    [
      'a name that is taken already makes the table unreadable',
      'a,a_duplicated_0,a\n1,2,3\n',
      'none',
    ],
    ['an empty name stays empty', ',b\n1,2\n', '2x1 :i64 b:i64'],
    ['only a header has no rows', 'a,b,c\n', '3x0 a:str b:str c:str'],
    ['an empty file is unreadable', '', 'none'],
    ['only line ends are unreadable', '\n\r\n\n', 'none'],
    ['a file in gzip is unreadable', '\x1f\x8b\x08\0a,b\n', 'none'],
    ['an open quote takes in the rest', 'a,b\n1,"x\n2,y\n', '2x2 a:i64 b:str'],
  ])('%s', (_, content, expected) => {
    const bytes = content.startsWith('\x1f') ? latin1(content) : Buffer.from(content);
    expect(tableOf(bytes)).toBe(expected);
  });

  test('invalid UTF-8 in names is replaced', () => {
    expect(tableOf(latin1('a\xff,b\n1,2\n'))).toBe('2x1 a\ufffd:i64 b:i64');
  });

  test('the first 10,000 rows decide the types', () => {
    expect(tableOf(`a,b\n${'1,2\n'.repeat(9999)}x,2\n`)).toBe('2x10000 a:str b:i64');
    expect(tableOf(`a,b\n${'1,2\n'.repeat(10_000)}x,2\n`)).toBe('2x10001 a:i64 b:i64');
  });

  test('the extension counts as it is written', () => {
    expect(tableOf('a,b\n1,2\n', 'CSV')).toBe('none');
    expect(tableOf('a,b\n1,2\n', 'data')).toBe('none');
  });
});

describe('collecting', () => {
  const cell = fc.constantFrom(
    '1',
    '2.5',
    'x',
    '',
    '"a,b"',
    '"l\nm"',
    'true',
    'é',
    '"',
    '9999999999999999999',
  );
  const line = fc.array(cell, { maxLength: 4 }).map((cells) => cells.join(','));
  const content = fc
    .array(line, { maxLength: 30 })
    .map((lines) => Buffer.from(`\ufeffa,b,c\r\n${lines.join('\n')}`));
  const anyExtension = fc.constantFrom('csv', 'tsv');

  test('blocks of any size, saved in between, give what the whole file gives', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 });
    const repeat = fc.constantFrom(1, 1, 1, 3000);
    fc.assert(
      fc.property(content, anyExtension, sizes, repeat, (piece, extension, steps, times) => {
        const bytes = Buffer.concat(Array.from({ length: times }, () => piece));
        const kind = { dataType: 'tabular', extension } as const;
        const scale = times === 1 ? 1 : 1500;
        let collector = openCollector(kind);
        for (let at = 0, step = 0; at < bytes.length; step++) {
          const size = (steps[step % steps.length] ?? 1) * scale;
          collector?.update(bytes.subarray(at, at + size));
          at += size;
          if (step % 3 === 0 && collector) collector = openCollector(kind, {}, collector.save());
        }
        expect(collector?.finish()).toEqual(readMetadata(kind, bytes).metadata);
      }),
      { numRuns: 150 },
    );
  });

  test('a row without end is not kept beyond its limit', () => {
    const collector = openCollector({ dataType: 'tabular', extension: 'csv' });
    collector?.update(Buffer.from(`a,b\n1,"${'x'.repeat(70_000)}`));
    const block = Buffer.alloc(2 ** 20, 'y');
    for (let count = 0; count < 9; count++) collector?.update(block);
    expect(collector?.save().length).toBeLessThanOrEqual(maxRowBytes + 1000);
    expect(collector?.finish()).toMatchObject({ width: 2, height: 1 });
  });

  test('any bytes are read without an error', () => {
    const noise = fc.array(
      fc.constantFrom(...'ab1,;\t|"\'`\n\r .-e', '\xff', '\xe2\x82', '\ufeff', '\0'),
      { maxLength: 120 },
    );
    fc.assert(
      fc.property(noise, anyExtension, (parts, extension) => {
        const kind = { dataType: 'tabular', extension } as const;
        for (const bytes of [latin1(parts.join('')), Buffer.from(parts.join(''))]) {
          const { metadata } = readMetadata(kind, bytes);
          if (metadata?.kind !== 'tabular') continue;
          expect(metadata.width).toBe(metadata.fields.length);
          expect(metadata.width).toBeLessThanOrEqual(bytes.length + 1);
          expect(metadata.height).toBeLessThanOrEqual(bytes.length);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
