/**
 * The engine for machines whose WebAssembly lacks SIMD: one-shot hashes by `@node-rs/xxhash`, streams by `hash-wasm`, the
 * rest in plain TypeScript. Slower, with equal results. Both packages are loaded only when it is made.
 */
import { OperationError } from '../../model/errors.js';
import { independentHashInto } from '../independent-hash.js';
import { type CutterState, findCut } from './gear-cutter.js';
import {
  arenaBytes,
  arenaHeadroomBytes,
  arenaStart,
  type HashKernel,
  type KernelStream,
  kernelMemoryBytes,
  type TextCounts,
} from './hash-kernel.js';

/** The hasher of hash-wasm; there is one, and each stream lends it its state. */
type Hasher = Awaited<ReturnType<typeof import('hash-wasm')['createXXHash128']>>;

/**
 * Makes the portable engine.
 * @throws OperationError where WebAssembly is missing altogether
 */
export async function createPortableKernel(): Promise<HashKernel> {
  const { createXXHash128 } = await import('hash-wasm');
  try {
    return new PortableKernel(await createXXHash128());
  } catch (cause) {
    throw new OperationError('Hashing needs WebAssembly, which this Node does not offer.', {
      hint: 'run node without --jitless',
      cause,
    });
  }
}

class PortableKernel implements HashKernel {
  readonly engine = 'portable';
  readonly memory = Buffer.alloc(kernelMemoryBytes);
  readonly arenaStart = arenaStart;
  readonly arenaBytes = arenaBytes;
  readonly arenaHeadroomBytes = arenaHeadroomBytes;
  readonly digestStart = 0;
  readonly #hasher: Hasher;

  constructor(hasher: Hasher) {
    this.#hasher = hasher;
  }

  hashAt(at: number, length: number, outAt: number): void {
    independentHashInto(this.memory.subarray(at, at + length), this.memory, outAt);
  }

  textStatsAt(at: number, length: number): TextCounts {
    let newlineCount = 0;
    let characterCount = 0;
    for (let index = at; index < at + length; index++) {
      const byte = this.memory[index] ?? 0;
      if (byte === 0x0a) newlineCount++;
      if ((byte & 0xc0) !== 0x80) characterCount++;
    }
    return { newlineCount, characterCount };
  }

  findCutAt(at: number, length: number, state: CutterState): number {
    return findCut(this.memory, at, at + length, state);
  }

  openStream(saved?: Uint8Array): KernelStream {
    return new PortableStream(this.#hasher, this.memory, saved);
  }
}

class PortableStream implements KernelStream {
  readonly #hasher: Hasher;
  readonly #memory: Buffer;
  #state: Uint8Array;

  constructor(hasher: Hasher, memory: Buffer, saved: Uint8Array | undefined) {
    this.#hasher = hasher;
    this.#memory = memory;
    this.#state = saved === undefined ? hasher.init().save() : new Uint8Array(saved);
  }

  updateAt(at: number, length: number): void {
    this.#hasher.load(this.#state);
    this.#hasher.update(this.#memory.subarray(at, at + length));
    this.#state = this.#hasher.save();
  }

  digestAt(outAt: number): void {
    this.#hasher.load(this.#state);
    this.#memory.set(this.#hasher.digest('binary').reverse(), outAt);
  }

  save(): Uint8Array {
    return new Uint8Array(this.#state);
  }
}
