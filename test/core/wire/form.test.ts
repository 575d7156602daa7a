import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInputError, OperationError } from '../../../src/core/model/errors.js';
import { boundaryOf, parsePartHeaders } from '../../../src/core/wire/form/part-headers.js';
import { readForm } from '../../../src/core/wire/form/read.js';
import {
  type FormPart,
  formContentType,
  formPart,
  makeBoundary,
  writeForm,
} from '../../../src/core/wire/form/write.js';
import { collect, gather, inPieces, pieceSizes } from '../../helpers/streams.js';

const boundary = 'b-0123';

async function read(form: Uint8Array, sizes: readonly number[] = [7], limits = {}) {
  const parts: { name: string; fileName: string | undefined; content: Uint8Array }[] = [];
  for await (const part of readForm(inPieces(form, sizes), boundary, limits)) {
    const content =
      parts.length % 2 === 0 ? await part.readAll(100_000) : await gather(part.stream());
    parts.push({ name: part.name, fileName: part.fileName, content });
  }
  return parts;
}

function raw(...lines: readonly string[]): Buffer {
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

const head = 'Content-Disposition: form-data; name="file[]"; filename="a1"';
const tail = `--${boundary}--`;

describe('forms', () => {
  const text = fc
    .string({ unit: 'grapheme', maxLength: 20 })
    .filter((name) => !name.includes('\0'));
  /** Contents that are full of what looks like a delimiter and is none. */
  const tricky = fc
    .array(
      fc.constantFrom(
        '\r',
        '\n',
        '\r\n',
        '--',
        '-',
        'b-0123',
        'b-012',
        '\r\n--',
        '\r\n--b-012',
        'x',
        '\0',
      ),
      { maxLength: 30 },
    )
    .map((parts) => Buffer.from(parts.join('')))
    .filter((bytes) => !bytes.includes('\r\n--b-0123') && !bytes.includes('--b-0123'));
  const content = fc.oneof(
    tricky.map((bytes) => new Uint8Array(bytes)),
    fc.uint8Array({ maxLength: 300 }),
  );
  const part = fc.record({ name: text, fileName: fc.option(text, { nil: undefined }), content });

  test('come back whatever their contents, names and pieces are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), pieceSizes, async (parts, sizes) => {
        const written = parts.map(({ name, fileName, content: bytes }) =>
          formPart(name, bytes, fileName === undefined ? {} : { fileName }),
        );
        const form = await gather(writeForm(written, boundary));
        const limits = { maxTotalBytes: form.length };
        const large = form.length > 5000 ? [8192] : sizes;
        const parsed: unknown[] = [];
        for await (const found of readForm(inPieces(form, large), boundary, limits)) {
          const bytes = await found.readAll(200_000);
          parsed.push([found.name, found.fileName, Buffer.from(bytes).toString('latin1')]);
        }
        const sent = parts.map(({ name, fileName, content: bytes }) => [
          name,
          fileName,
          Buffer.from(bytes).toString('latin1'),
        ]);
        expect(parsed).toEqual(sent);
      }),
      { numRuns: 60 },
    );
  });

  test('are written as the stock client writes them', async () => {
    const options = {
      fileName: '57837566b42f9d1b0318e0a86e02a9a8',
      contentType: 'application/gzip',
    };
    const form = await gather(
      writeForm([formPart('file[]', Buffer.from('xyz'), options)], boundary),
    );
    expect(Buffer.from(form).toString()).toBe(
      [
        `--${boundary}`,
        'Content-Disposition: form-data; name="file[]"; filename="57837566b42f9d1b0318e0a86e02a9a8"',
        'Content-Type: application/gzip',
        '',
        'xyz',
        tail,
        '',
      ].join('\r\n'),
    );
  });

  test('stream contents and are given up when one is not as long as said', async () => {
    const streamed = (sizeBytes: number): FormPart => ({
      name: 'f',
      sizeBytes,
      content: inPieces(Buffer.alloc(200_000, 'x'), [65_536]),
    });
    const form = await gather(writeForm([streamed(200_000)], boundary));
    expect(form.length).toBeGreaterThan(200_000);
    await expect(gather(writeForm([streamed(199_999)], boundary))).rejects.toThrow(OperationError);
  });

  test('may have text before the first part, blanks behind a boundary, and text at the end', async () => {
    const form = raw('preamble', `--${boundary} \t`, head, '', 'one', `${tail}`, 'epilogue', '--x');
    expect((await read(form)).map(({ content: bytes }) => String(Buffer.from(bytes)))).toEqual([
      'one',
    ]);
  });

  test('may have no parts, and parts without content', async () => {
    expect(await read(raw(tail))).toEqual([]);
    const empty = await read(raw(`--${boundary}`, head, '', '', tail));
    expect(empty.map(({ content: bytes }) => bytes.length)).toEqual([0]);
  });

  test('give no part before it is asked for', async () => {
    let pulled = 0;
    async function* endless() {
      for (;;) {
        pulled++;
        yield raw(`--${boundary}`, head, '', 'x', '');
      }
    }
    for await (const found of readForm(endless(), boundary)) {
      if ((await found.readAll(10)).length > 0 && pulled > 5) break;
    }
    expect(pulled).toBeLessThan(10);
  });

  test('skip contents that nobody takes', async () => {
    const parts = ['a', 'b', 'c'].map((name) => formPart(name, Buffer.alloc(100_000, name)));
    const form = await gather(writeForm(parts, boundary));
    const found = await collect(readForm(inPieces(form, [5000]), boundary));
    expect(found.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  test.each<[string, Buffer]>([
    ['nothing', raw('')],
    ['no delimiter', Buffer.alloc(70_000, 'x')],
    ['no end', raw(`--${boundary}`, head, '', 'content')],
    ['an end inside the delimiter', raw(`--${boundary}`, head, '', 'content', '--b-01')],
    ['an end behind the delimiter', raw(`--${boundary}`, head, '', 'content', `--${boundary}`)],
    ['an end inside the headers', raw(`--${boundary}`, head)],
    ['text behind a boundary', raw(`--${boundary}xx`, head, '', 'c', tail)],
    ['a boundary without a line end', raw(`--${boundary}${' '.repeat(80)}`, head, '', 'c', tail)],
    ['no headers', raw(`--${boundary}`, '', 'c', tail)],
    ['a header without a colon', raw(`--${boundary}`, head, 'nonsense', '', 'c', tail)],
    [
      'a part without a name',
      raw(`--${boundary}`, 'Content-Disposition: form-data', '', 'c', tail),
    ],
    [
      'another disposition',
      raw(`--${boundary}`, 'Content-Disposition: attachment; name="x"', '', 'c', tail),
    ],
    ['only a content type', raw(`--${boundary}`, 'Content-Type: text/plain', '', 'c', tail)],
    [
      'an open quote',
      raw(`--${boundary}`, 'Content-Disposition: form-data; name="x', '', 'c', tail),
    ],
    ['a name twice', raw(`--${boundary}`, `${head}; name="y"`, '', 'c', tail)],
    [
      'a NUL in a header',
      raw(`--${boundary}`, 'Content-Disposition: form-data; name="\0"', '', 'c', tail),
    ],
    [
      'headers that are too long',
      raw(`--${boundary}`, `${head}; x="${'x'.repeat(20_000)}"`, '', 'c', tail),
    ],
    [
      'a bad extended name',
      raw(`--${boundary}`, "Content-Disposition: form-data; name*=utf-8''%ff", '', 'c', tail),
    ],
    [
      'another charset',
      raw(`--${boundary}`, "Content-Disposition: form-data; name*=latin1''x", '', 'c', tail),
    ],
  ])('with %s are refused', async (_, form) => {
    await expect(read(form)).rejects.toThrow(InvalidInputError);
    await expect(read(form, [65_536])).rejects.toThrow(InvalidInputError);
  });

  test('beyond their limits are refused', async () => {
    const parts = ['a', 'b'].map((name) => formPart(name, Buffer.alloc(1000, name)));
    const form = await gather(writeForm(parts, boundary));
    await expect(read(form, [100], { maxParts: 1 })).rejects.toThrow('more than 1 parts');
    await expect(read(form, [100], { maxTotalBytes: 1500 })).rejects.toThrow('larger than 1500');
    const first = await readForm(inPieces(form, [100]), boundary).next();
    await expect(first.value?.readAll(999)).rejects.toThrow('larger than 999 bytes');
  });
});

describe('content types', () => {
  test('name their boundary', () => {
    expect(boundaryOf(formContentType(boundary))).toBe(boundary);
    expect(boundaryOf('Multipart/Form-Data; charset=utf-8; BOUNDARY="a b;c"')).toBe('a b;c');
    expect(
      boundaryOf(`multipart/form-data; boundary=${makeBoundary(Buffer.alloc(16, 7))}`),
    ).toMatch(/^oxen-(07){16}$/);
  });

  test.each([
    undefined,
    '',
    'application/json',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=""',
    'multipart/form-data; boundary="a\r\nb"',
    `multipart/form-data; boundary=${'x'.repeat(201)}`,
  ])('without one are refused: %j', (type) => {
    expect(() => boundaryOf(type)).toThrow(InvalidInputError);
  });
});

describe('part headers', () => {
  test('understand quotes, escapes and extended names', () => {
    expect(
      parsePartHeaders(
        'content-type: Text/Plain; charset=utf-8\r\nCONTENT-DISPOSITION: form-data; name=f; filename="a \\"b\\" \\\\c"',
      ),
    ).toEqual({ name: 'f', fileName: 'a "b" \\c', contentType: 'text/plain' });
    expect(
      parsePartHeaders(
        'Content-Disposition: form-data; name="f"; filename="x"; filename*=UTF-8\'\'dir%2F%C3%BC.txt',
      ).fileName,
    ).toBe('dir/ü.txt');
  });
});
