import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashInto } from '../../../src/core/format/hashing.js';
import { independentHashInto, verifyStream64 } from '../../../src/core/format/independent-hash.js';

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.uint8Array({ minLength: 230, maxLength: 3000 }),
);

function hashOf(input: Uint8Array): Uint8Array {
  const hash = new Uint8Array(24);
  hashInto(input, hash, 8);
  return hash;
}

describe('the independent implementation', () => {
  test('gives the hash of the kernel', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        const hash = new Uint8Array(24);
        independentHashInto(input, hash, 8);
        expect(hash).toEqual(hashOf(input));
      }),
    );
  });

  test('confirms the hash of bytes in pieces, whose buffer is reused, and of no other bytes', () => {
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 400 }), fc.nat(), (input, step, place) => {
        const hash = hashOf(input);
        const right = verifyStream64();
        const wrong = verifyStream64();
        const piece = new Uint8Array(step);
        for (let at = 0; at < input.length; at += step) {
          const length = Math.min(step, input.length - at);
          piece.set(input.subarray(at, at + length));
          right.update(piece.subarray(0, length));
          const flipped = (place % input.length) - at;
          if (flipped >= 0 && flipped < length) piece[flipped] = (piece[flipped] ?? 0) ^ 4;
          wrong.update(piece.subarray(0, length));
        }
        expect(right.matches(hash, 8)).toBe(true);
        expect(wrong.matches(hash, 8)).toBe(input.length === 0);
      }),
      { numRuns: 300 },
    );
  });

  test('compares all 128 bits of short inputs and the low 64 bits of long ones', () => {
    for (const [length, expected] of [
      [240, false],
      [241, true],
    ] as const) {
      const input = new Uint8Array(length).fill(9);
      const hash = hashOf(input);
      hash[20] = (hash[20] ?? 0) ^ 1;
      const stream = verifyStream64();
      stream.update(input);
      expect(stream.matches(hash, 8)).toBe(expected);
      hash[9] = (hash[9] ?? 0) ^ 1;
      expect(stream.matches(hash, 8)).toBe(false);
    }
  });

  test('checks one content after the other when it is reset in between', () => {
    const stream = verifyStream64();
    fc.assert(
      fc.property(bytes, (input) => {
        stream.reset();
        stream.update(input);
        expect(stream.matches(hashOf(input), 8)).toBe(true);
      }),
    );
  });
});

test('hashing and cutting load no native package until the independent hash is asked for', async () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: {
      resolveDir: root,
      contents: `
        import { Chunker } from './src/core/format/chunking.ts';
        import { hashText, prepareHashing } from './src/core/format/hashing.ts';
        import { verifyStream64 } from './src/core/format/independent-hash.ts';
        const isLoaded = () =>
          process.report.getReport().sharedObjects.some((file) => file.includes('xxhash'));
        await prepareHashing();
        hashText('text');
        new Chunker().feed(new Uint8Array(300000));
        const before = isLoaded();
        verifyStream64();
        console.log(JSON.stringify([before, isLoaded()]));`,
    },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  const program = ['--input-type=module', '-e', outputFiles[0]?.text ?? ''];
  const output = execFileSync(process.execPath, program, { cwd: root, encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual([false, true]);
});
