import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getKernel, prepareHashing } from '../../../src/core/format/hashing.js';
import { checkKernel } from '../../../src/core/format/kernel/self-test.js';
import { createWasmKernel } from '../../../src/core/format/kernel/wasm-kernel.js';
import { IntegrityError } from '../../../src/core/model/errors.js';

describe('the kernel', () => {
  test('is checked in as its sources compile', () => {
    const script = new URL('../../../scripts/build-kernel.mjs', import.meta.url).pathname;
    expect(() => execFileSync(process.execPath, [script, '--check'])).not.toThrow();
  });

  test('is one instance per thread with a memory that stays', () => {
    const kernel = getKernel();
    expect(getKernel()).toBe(kernel);
    expect(kernel.memory.length).toBe(kernel.arenaStart + kernel.arenaBytes);
    expect(kernel.arenaBytes).toBeGreaterThanOrEqual(4 * 1024 * 1024 + 128 * 1024);
  });

  test('that computes wrong hashes is refused', () => {
    const kernel = createWasmKernel();
    const broken = Object.create(kernel, {
      hashAt: {
        value: (at: number, length: number, outAt: number) => kernel.hashAt(at, length + 1, outAt),
      },
      memory: { value: kernel.memory },
    });
    expect(() => checkKernel(kernel)).not.toThrow();
    expect(() => checkKernel(broken)).toThrow(IntegrityError);
  });
});

describe.each(['simd', 'portable'] as const)('text counts of the %s engine', (engine) => {
  beforeAll(() => prepareHashing({ engine }));
  afterAll(() => prepareHashing());

  test('equal a plain loop for any bytes', () => {
    const kernel = getKernel();
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'binary', maxLength: 3000 }).map((text) => Buffer.from(text)),
      fc.integer({ min: 4000, max: 9000 }).map((length) => Buffer.alloc(length, '\nö')),
    );
    fc.assert(
      fc.property(bytes, fc.integer({ min: 0, max: 20 }), (input, shift) => {
        kernel.memory.set(input, kernel.arenaStart + shift);
        expect(kernel.textStatsAt(kernel.arenaStart + shift, input.length)).toEqual({
          newlineCount: input.filter((byte) => byte === 0x0a).length,
          characterCount: input.filter((byte) => (byte & 0xc0) !== 0x80).length,
        });
      }),
    );
  });
});
