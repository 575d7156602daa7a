/**
 * XXH3-128 (seed 0, default secret), the hash of contents, nodes and commits. Each thread has one engine, made at
 * first use: a WebAssembly kernel with SIMD and a fixed memory, into which files are read and in which they are hashed
 * without a copy. Digests are 16 bytes, least significant first. Algorithm: xxhash_spec.md 0.2.0 of the xxHash project.
 */
import { type Hash, hashFromBytes, writeHash } from '../model/hash.js';
import {
  type HashKernel,
  type KernelStream,
  scratchBytes,
  scratchStart,
} from './kernel/hash-kernel.js';
import { checkKernel } from './kernel/self-test.js';
import { canRunWasmKernel, createWasmKernel } from './kernel/wasm-kernel.js';

export type { HashKernel, TextCounts } from './kernel/hash-kernel.js';

let threadKernel: HashKernel | undefined;

/**
 * Prepares hashing in this thread where the kernel cannot run: loads the slower, portable engine. Programs and threads
 * await it once before they hash; on an ordinary machine it does next to nothing.
 * @param options `engine` chooses one; for tests
 * @throws OperationError where neither engine can run; IntegrityError when it computes wrong hashes
 */
export async function prepareHashing(
  options: { readonly engine?: HashKernel['engine'] } = {},
): Promise<void> {
  const engine = options.engine ?? (canRunWasmKernel() ? 'simd' : 'portable');
  if (engine === threadKernel?.engine || (engine === 'simd' && threadKernel === undefined)) return;
  if (engine === 'simd') {
    threadKernel = checkedKernel(createWasmKernel());
  } else {
    const { createPortableKernel } = await import('./kernel/portable-kernel.js');
    threadKernel = checkedKernel(await createPortableKernel());
  }
}

/**
 * Returns the engine of this thread, made and checked at the first call.
 * @throws OperationError where the kernel cannot run and `prepareHashing` was not awaited; IntegrityError when the
 *   engine computes wrong hashes
 */
export function getKernel(): HashKernel {
  threadKernel ??= checkedKernel(createWasmKernel());
  return threadKernel;
}

function checkedKernel(kernel: HashKernel): HashKernel {
  checkKernel(kernel);
  return kernel;
}

/** Returns the hash of `bytes`. */
export function hashBytes(bytes: Uint8Array): Hash {
  const kernel = getKernel();
  hashToDigest(kernel, bytes);
  return hashFromBytes(kernel.memory, kernel.digestStart);
}

/** Writes the hash of `bytes` into `out` at `outOffset`: 16 bytes, little-endian. */
export function hashInto(bytes: Uint8Array, out: Uint8Array, outOffset: number): void {
  const kernel = getKernel();
  hashToDigest(kernel, bytes);
  copyDigest(kernel, out, outOffset, 16);
}

/** Returns the hash of `text` in UTF-8 (lone surrogates as U+FFFD). */
export function hashText(text: string): Hash {
  const kernel = getKernel();
  hashTextToDigest(kernel, text);
  return hashFromBytes(kernel.memory, kernel.digestStart);
}

/** Writes the hash of `text` in UTF-8 into `out` at `outOffset`: 16 bytes, little-endian. */
export function hashTextInto(text: string, out: Uint8Array, outOffset: number): void {
  const kernel = getKernel();
  hashTextToDigest(kernel, text);
  copyDigest(kernel, out, outOffset, 16);
}

/** Writes the low 64 bits of the hash of `bytes` into `out` at `outOffset`: 8 bytes, little-endian, for checksums. */
export function hash64Into(bytes: Uint8Array, out: Uint8Array, outOffset: number): void {
  const kernel = getKernel();
  hashToDigest(kernel, bytes);
  copyDigest(kernel, out, outOffset, 8);
}

/** The hash of bytes that come in pieces, such as a large file. Any number may be alive at once. */
export class StreamingHash {
  readonly #kernel = getKernel();
  readonly #stream: KernelStream;

  /** @param saved what `save` returned in this process, to go on from there */
  constructor(saved?: Uint8Array) {
    this.#stream = this.#kernel.openStream(saved);
  }

  /** Takes in `bytes`; without a copy when they lie in kernel memory. */
  update(bytes: Uint8Array): this {
    const { memory } = this.#kernel;
    if (bytes.buffer === memory.buffer) return this.updateAt(bytes.byteOffset, bytes.length);
    feedThroughScratch(memory, this.#stream, bytes);
    return this;
  }

  /** Takes in `length` bytes of kernel memory at `at`. */
  updateAt(at: number, length: number): this {
    this.#stream.updateAt(at, length);
    return this;
  }

  /** Writes the hash of all bytes so far into `out` at `outOffset`: 16 bytes, little-endian. More may follow. */
  digestInto(out: Uint8Array, outOffset: number): void {
    this.#stream.digestAt(this.#kernel.digestStart);
    copyDigest(this.#kernel, out, outOffset, 16);
  }

  /** Returns the hash of all bytes so far. More may follow. */
  digest(): Hash {
    this.#stream.digestAt(this.#kernel.digestStart);
    return hashFromBytes(this.#kernel.memory, this.#kernel.digestStart);
  }

  /** Returns a copy of the state, for the constructor; valid within this process. */
  save(): Uint8Array {
    return this.#stream.save();
  }
}

/**
 * Composes the input of a hash from small parts in a buffer of its own, which is kept for the next input: `reset`,
 * parts, digest, `reset`, ...
 */
export class HashBuilder {
  #buffer = Buffer.allocUnsafeSlow(4096);
  #length = 0;

  /** Bytes composed so far. */
  get length(): number {
    return this.#length;
  }

  /** Forgets all parts. */
  reset(): this {
    this.#length = 0;
    return this;
  }

  /** Appends `text` in UTF-8 (lone surrogates as U+FFFD). */
  text(text: string): this {
    this.#reserve(text.length * 3);
    this.#length += writeText(this.#buffer, text, this.#length);
    return this;
  }

  /** Appends one byte. */
  byte(value: number): this {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
    return this;
  }

  /** Appends `value`, a whole number from 0 to 2^53, as 8 little-endian bytes. */
  u64(value: number): this {
    this.#reserve(8);
    this.#buffer.writeUInt32LE(value % 2 ** 32, this.#length);
    this.#buffer.writeUInt32LE(Math.floor(value / 2 ** 32), this.#length + 4);
    this.#length += 8;
    return this;
  }

  /** Appends the 16 little-endian bytes of `hash`. */
  hash(hash: Hash): this {
    this.#reserve(16);
    writeHash(hash, this.#buffer, this.#length);
    this.#length += 16;
    return this;
  }

  /** Appends the 16 bytes of `column` at `offset`: one entry of a column of hashes. */
  hashAt(column: Uint8Array, offset: number): this {
    this.#reserve(16);
    const at = this.#length;
    for (let index = 0; index < 16; index++) this.#buffer[at + index] = column[offset + index] ?? 0;
    this.#length += 16;
    return this;
  }

  /** Appends `bytes`. */
  bytes(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** Writes the hash of the parts into `out` at `outOffset`: 16 bytes, little-endian. */
  digestInto(out: Uint8Array, outOffset: number): void {
    hashInto(this.#buffer.subarray(0, this.#length), out, outOffset);
  }

  /** Returns the hash of the parts. */
  digest(): Hash {
    return hashBytes(this.#buffer.subarray(0, this.#length));
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

/** Leaves the hash of `bytes` at the kernel's `digestStart`. */
function hashToDigest(kernel: HashKernel, bytes: Uint8Array): void {
  const { memory, digestStart } = kernel;
  if (bytes.length <= scratchBytes) {
    memory.set(bytes, scratchStart);
    kernel.hashAt(scratchStart, bytes.length, digestStart);
  } else if (bytes.buffer === memory.buffer) {
    kernel.hashAt(bytes.byteOffset, bytes.length, digestStart);
  } else {
    const stream = kernel.openStream();
    feedThroughScratch(memory, stream, bytes);
    stream.digestAt(digestStart);
  }
}

function feedThroughScratch(memory: Buffer, stream: KernelStream, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length; offset += scratchBytes) {
    const piece = bytes.subarray(offset, offset + scratchBytes);
    memory.set(piece, scratchStart);
    stream.updateAt(scratchStart, piece.length);
  }
}

function hashTextToDigest(kernel: HashKernel, text: string): void {
  if (text.length * 3 > scratchBytes) hashToDigest(kernel, Buffer.from(text));
  else {
    const length = writeText(kernel.memory, text, scratchStart);
    kernel.hashAt(scratchStart, length, kernel.digestStart);
  }
}

/** Writes `text` in UTF-8 and returns the bytes written. Short plain text is faster in a loop than through Buffer. */
function writeText(buffer: Buffer, text: string, at: number): number {
  if (text.length > 64) return buffer.write(text, at);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return buffer.write(text, at);
    buffer[at + index] = code;
  }
  return text.length;
}

function copyDigest(kernel: HashKernel, out: Uint8Array, outOffset: number, count: number): void {
  const { memory, digestStart } = kernel;
  for (let index = 0; index < count; index++)
    out[outOffset + index] = memory[digestStart + index] ?? 0;
}
