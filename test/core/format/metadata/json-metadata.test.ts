import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openCollector, readMetadata } from '../../../../src/core/format/metadata/read-metadata.js';

function tableOf(content: string | Uint8Array, extension: string): string {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const { metadata, dataType } = readMetadata({ dataType: 'tabular', extension }, bytes);
  if (metadata?.kind !== 'tabular') return dataType === 'binary' ? 'none' : 'wrong';
  const columns = metadata.fields.map(({ name, dtype }) => `${name}:${dtype}`);
  return `${metadata.width}x${metadata.height} ${columns.join(' ')}`.trim();
}

describe('types of values', () => {
  test.each([
    ['i64', '0', '-0', '1', '-9223372036854775808', '9223372036854775807'],
    [
      'i128',
      '9223372036854775808',
      '-9223372036854775809',
      '340282366920938463463374607431768211455',
    ],
    ['f64', '1.0', '1e5', '1E+2', '-0.5e-3', '12345678901234567890.5'],
    ['bool', 'true', 'false'],
    ['null', 'null'],
    ['str', '""', '"x"', '"\\u00e9\\n\\/"', '"\\ud83d\\ude00"', '"\\ud83d"', '"2020-01-01"'],
    ['list[null]', '[]', '[null]'],
    ['list[i64]', '[1,2]', '[1,true]', '[null,1]'],
    ['list[f64]', '[1,2.5]'],
    ['list[str]', '[1,"x"]', '[true,1.5]', '["x",{}]'],
    ['list[list[i64]]', '[[1],[]]', '[1,[2]]', '[[1],2]'],
    ['list[struct[2]]', '[{"x":1},{"y":2}]'],
    ['struct[0]', '{}'],
    ['struct[2]', '{"x":1,"y":{}}'],
  ])('%s: %j', (type, ...values) => {
    for (const value of values) {
      expect([value, tableOf(`{"a":${value}}\n`, 'jsonl')]).toEqual([value, `1x1 a:${type}`]);
      if (!value.includes('{}]')) {
        expect([value, tableOf(`[{"a": ${value} }]`, 'json')]).toEqual([value, `1x1 a:${type}`]);
      }
    }
  });

  test.each([
    ...['01', '1.', '.5', '+1', '-', '1e', '1e400', 'nan', 'tru', 'True', '1 2', "'x'", ''],
    ...[
      '"\t"',
      '"\\x"',
      '"\\u12g4"',
      '"\\ude00"',
      '"\\ud83d\\u0041"',
      '"',
      '[1',
      '[1,]',
      '{"b":1,}',
      '{"b"}',
    ],
    ...['340282366920938463463374607431768211456', '{1:2}', '{"b" 1}', '[1}', 'nullx'],
  ])('%s is no JSON', (value) => {
    expect(tableOf(`{"a":${value}}\n`, 'jsonl')).toBe('none');
    expect(tableOf(`[{"a":${value}}]`, 'json')).toBe('none');
  });

  test('deep nesting is refused, not followed', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    expect(tableOf(`{"a":${deep}}`, 'jsonl')).toBe('none');
    expect(tableOf(deep, 'json')).toBe('none');
    expect(tableOf(`${'{"a":'.repeat(50_000)}1`, 'jsonl')).toBe('none');
  });
});

describe('rows', () => {
  test.each([
    [
      'columns come in the order of their first row',
      '{"b":1,"a":"x"}\n{"a":"y","c":true}\n',
      '3x2 b:i64 a:str c:bool',
    ],
    ['a longer row leads the order', '{"c":1}\n{"a":1,"b":2}\n', '3x2 a:i64 b:i64 c:i64'],
    ['integers and floats', '{"a":1}\n{"a":2.5}\n', '1x2 a:f64'],
    ['booleans and integers', '{"a":true}\n{"a":1}\n', '1x2 a:i64'],
    ['booleans and floats', '{"a":true}\n{"a":1.5}\n', '1x2 a:f64'],
    ['large and small integers', '{"a":1}\n{"a":9223372036854775808}\n', '1x2 a:i128'],
    ['null and anything', '{"a":null}\n{"a":{"x":1}}\n', '1x2 a:struct[1]'],
    ['text and anything', '{"a":"x"}\n{"a":[1]}\n', '1x2 a:str'],
    ['lists', '{"a":[1]}\n{"a":[2.5]}\n{"a":[]}\n', '1x3 a:list[f64]'],
    ['structs', '{"a":{"x":1}}\n{"a":{"y":2}}\n', '1x2 a:struct[2]'],
    ['a list and a number do not go together', '{"a":[1]}\n{"a":1}\n', 'none'],
    ['a struct and a number', '{"a":{"x":1}}\n{"a":1.5}\n', '1x2 a:struct[1]'],
    ['a struct and a truth value do not go together', '{"a":{"x":1}}\n{"a":true}\n', 'none'],
    ['empty objects', '{}\n', '0x1'],
    ['blank lines count as rows', '{"a":1}\n\n \u00a0\n{"a":2}\n', '1x4 a:i64'],
    ['a last line may lack its end', '{"a":1}\r\n{"a":2}', '1x2 a:i64'],
    ['a repeated name is one column of the later type', '{"a":1,"a":"x"}', '1x1 a:str'],
    ['a number among objects', '{"a":1}\n2.5\n', '1x2 a:f64'],
    ['a text among objects', '{"a":1}\n"x"\n', 'none'],
    ['only numbers', '1\n2\n', 'none'],
    ['nothing', '', 'none'],
    ['only blank lines', '\n\n', 'none'],
    ['a byte order mark', '\ufeff{"a":1}\n', 'none'],
    ['a broken line', '{"a":1}\n{"a":\n', 'none'],
  ])('%s', (_, content, expected) => {
    expect(tableOf(content, 'jsonl')).toBe(expected);
    expect(tableOf(content, 'ndjson')).toBe(expected);
  });

  test('lines of invalid UTF-8 are unreadable', () => {
    expect(tableOf(Buffer.from('{"a":"\xff"}\n', 'latin1'), 'jsonl')).toBe('none');
  });

  test('the first 10,000 rows decide the types, later ones are not even read', () => {
    const rows = '{"a":1}\n'.repeat(9999);
    expect(tableOf(`${rows}{"a":"x"}\n`, 'jsonl')).toBe('1x10000 a:str');
    expect(tableOf(`${rows}{"a":2}\n{"a":"x"}\nnonsense\n`, 'jsonl')).toBe('1x10002 a:i64');
  });
});

describe('arrays', () => {
  test.each([
    ['rows', '[{"a":1,"b":"x"},\n {"a":2}]\n', '2x2 a:i64 b:str'],
    ['no rows', '[]', '0x0'],
    ['one empty row', '[{}]', '0x0'],
    ['two empty rows', '[{},{}]', '0x2'],
    ['null rows', '[null,{"a":1}]', '1x2 a:i64'],
    ['only null rows', '[null]', 'none'],
    ['numbers', '[1,2]', 'none'],
    ['a number that its column cannot hold', '[{"a":{"x":1}},{"a":2}]', 'none'],
    ['a list with an object among texts', '[{"a":["x",{}]}]', 'none'],
    ['a list with texts and numbers', '[{"a":["x",1]}]', '1x1 a:list[str]'],
    ['something behind the array', '[{"a":1}] x', 'none'],
    ['no end', '[{"a":1}', 'none'],
    ['a comma too many', '[{"a":1},]', 'none'],
    ['an object', '{"a":1}', 'none'],
  ])('%s', (_, content, expected) => {
    expect(tableOf(content, 'json')).toBe(expected);
  });
});

describe('collecting', () => {
  const value = fc.constantFrom('1', '2.5', '"x"', 'null', '[1]', '{"k":1}', 'true', '"é\\n"');
  const row = fc
    .array(fc.tuple(fc.constantFrom('a', 'b', 'c'), value), { maxLength: 3 })
    .map((pairs) => `{${pairs.map(([name, text]) => `"${name}":${text}`).join(', ')}}`);
  const rows = fc.array(fc.oneof({ weight: 9, arbitrary: row }, fc.constantFrom('', '[', ' ')), {
    maxLength: 8,
  });

  test('blocks of any size, saved in between, give what the whole file gives', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 40 }), (lines, size) => {
        const kind = { dataType: 'tabular', extension: 'jsonl' } as const;
        const bytes = Buffer.from(lines.join('\n'));
        let collector = openCollector(kind);
        for (let at = 0; at < bytes.length; at += size) {
          collector?.update(bytes.subarray(at, at + size));
          if (at % 2 === 0 && collector) collector = openCollector(kind, {}, collector.save());
        }
        expect(collector?.finish()).toEqual(readMetadata(kind, bytes).metadata);
      }),
      { numRuns: 500 },
    );
  });

  test('texts are collected too', () => {
    const kind = { dataType: 'text', extension: 'txt' } as const;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.nat(50), (bytes, cut) => {
        const first = openCollector(kind);
        first?.update(bytes.subarray(0, cut));
        const second = openCollector(kind, {}, first?.save());
        second?.update(bytes.subarray(cut));
        expect(second?.finish()).toEqual(readMetadata(kind, bytes).metadata);
      }),
    );
  });

  test('what is read in a few places has no collector', () => {
    const has = (dataType: 'text' | 'image' | 'tabular' | 'binary', extension: string): boolean =>
      openCollector({ dataType, extension }) !== undefined;
    expect(has('text', 'md')).toBe(true);
    expect(has('tabular', 'csv')).toBe(true);
    expect(has('tabular', 'parquet')).toBe(false);
    expect(has('tabular', 'json')).toBe(false);
    expect(has('image', 'png')).toBe(false);
    expect(has('binary', 'csv')).toBe(false);
  });

  test('any bytes are read without an error', () => {
    const noise = fc.array(
      fc.constantFrom(...'{}[]",:\\ \n1-.eEtfnu', '"a":', '{"a":1}\n', 'true', '\xff', 'é', '\\u'),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(noise, fc.constantFrom('jsonl', 'json'), (parts, extension) => {
        const kind = { dataType: 'tabular', extension } as const;
        readMetadata(kind, Buffer.from(parts.join(''), 'latin1'));
        readMetadata(kind, Buffer.from(`[${parts.join('')}`));
      }),
      { numRuns: 3000 },
    );
  });
});
