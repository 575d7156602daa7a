import fc from 'fast-check';
import { expect, test } from 'vitest';
import { showName, showNameBytes } from '../../../src/core/model/shown-name.js';

test('shows ordinary names as they are', () => {
  for (const name of ['a.txt', '-rf', 'naïve 日本.png', "it's", '🐂', 'a b', '#x', '!x']) {
    expect(showName(name)).toBe(name);
    expect(showNameBytes(Buffer.from(name))).toBe(name);
  }
});

test('quotes line ends, quotes, backslashes and control characters as git does', () => {
  expect(showName('a\nb')).toBe('"a\\nb"');
  expect(showName('tab\there')).toBe('"tab\\there"');
  expect(showName('say "x"')).toBe('"say \\"x\\""');
  expect(showName('back\\slash')).toBe('"back\\\\slash"');
  expect(showName('\u001b[31mred')).toBe('"\\033[31mred"');
  expect(showName('\u007f')).toBe('"\\177"');
});

test('quotes characters that change the direction of writing or hide', () => {
  expect(showName('cod\u202egnp.exe')).toBe('"cod\\342\\200\\256gnp.exe"');
  expect(showName('\ufeffx')).toBe('"\\357\\273\\277x"');
  expect(showName('\u0085')).toBe('"\\302\\205"');
});

test('shows bytes that are not UTF-8 in octal and keeps the characters around them', () => {
  expect(showNameBytes(Buffer.from([0x63, 0x61, 0x66, 0xe9]))).toBe('"caf\\351"');
  expect(showNameBytes(Buffer.concat([Buffer.from('é'), Buffer.from([0xff, 0x0a])]))).toBe(
    '"é\\377\\n"',
  );
});

test('shows any name on one line without control characters', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
      expect(showNameBytes(bytes)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }),
  );
});

test('gives different names different forms', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 6 }), fc.uint8Array({ maxLength: 6 }), (left, right) => {
      fc.pre(!Buffer.from(left).equals(right));
      expect(showNameBytes(left)).not.toBe(showNameBytes(right));
    }),
  );
});
