/** The kernel compiled from assembly/, as a WebAssembly instance of its own: 4.5 MiB of memory that is never grown. */
import { OperationError } from '../../model/errors.js';
import { type CutterState, cutterWords, gearTable } from './gear-cutter.js';
import {
  arenaBytes,
  arenaHeadroomBytes,
  arenaStart,
  type HashKernel,
  type KernelStream,
  type TextCounts,
} from './hash-kernel.js';
import { kernelWasm } from './kernel-wasm.js';

/** The part of the WebAssembly interface that is used here (the Node types do not declare it). */
interface WebAssemblyInterface {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: KernelExports };
  validate(bytes: Uint8Array): boolean;
}

interface Pointer {
  readonly value: number;
}

/** What assembly/kernel exports; pointers are globals. */
interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly cutterStart: Pointer;
  readonly digestStart: Pointer;
  readonly gearStart: Pointer;
  readonly streamStart: Pointer;
  readonly textCountsStart: Pointer;
  hash(at: number, length: number, outAt: number): void;
  streamReset(): void;
  streamUpdate(at: number, length: number): void;
  streamDigest(outAt: number): void;
  countText(at: number, length: number): void;
  findCut(at: number, length: number): number;
}

/** The global, which is missing where the engine runs without a compiler (`node --jitless`). */
const { WebAssembly } = globalThis as unknown as { readonly WebAssembly?: WebAssemblyInterface };

const streamBytes = 400; // STREAM of assembly/memory-layout

/** Says whether this machine and this Node run the kernel: it needs WebAssembly with SIMD and bulk memory. */
export function canRunWasmKernel(): boolean {
  return WebAssembly?.validate(kernelBytes()) ?? false;
}

/**
 * Compiles and instantiates the kernel: about 0.4 ms.
 * @throws OperationError where it cannot run
 */
export function createWasmKernel(): HashKernel {
  if (WebAssembly === undefined || !canRunWasmKernel()) {
    throw new OperationError('This machine or this Node has no WebAssembly with SIMD.');
  }
  return new WasmKernel(new WebAssembly.Instance(new WebAssembly.Module(kernelBytes())).exports);
}

function kernelBytes(): Uint8Array {
  return Buffer.from(kernelWasm, 'base64');
}

class WasmKernel implements HashKernel {
  readonly engine = 'simd';
  readonly memory: Buffer;
  readonly arenaStart = arenaStart;
  readonly arenaBytes = arenaBytes;
  readonly arenaHeadroomBytes = arenaHeadroomBytes;
  readonly digestStart: number;
  readonly hashAt: HashKernel['hashAt'];
  readonly #exports: KernelExports;
  readonly #textCounts: Uint32Array;
  readonly #cutter: Uint32Array;

  constructor(exports: KernelExports) {
    const { buffer } = exports.memory;
    this.#exports = exports;
    this.memory = Buffer.from(buffer);
    this.digestStart = exports.digestStart.value;
    this.hashAt = exports.hash;
    this.#textCounts = new Uint32Array(buffer, exports.textCountsStart.value, 2);
    this.#cutter = new Uint32Array(buffer, exports.cutterStart.value, cutterWords);
    new Uint32Array(buffer, exports.gearStart.value, 256).set(gearTable());
  }

  textStatsAt(at: number, length: number): TextCounts {
    this.#exports.countText(at, length);
    return { newlineCount: this.#textCounts[0] ?? 0, characterCount: this.#textCounts[1] ?? 0 };
  }

  findCutAt(at: number, length: number, state: CutterState): number {
    this.#cutter.set(state);
    const used = this.#exports.findCut(at, length);
    state.set(this.#cutter);
    return used;
  }

  openStream(saved?: Uint8Array): KernelStream {
    return new WasmStream(this.#exports, this.memory, saved);
  }
}

/** Keeps its state outside the kernel and lends it to it for each call, so that any number can be open. */
class WasmStream implements KernelStream {
  readonly #exports: KernelExports;
  readonly #slot: Uint8Array;
  readonly #state: Uint8Array;

  constructor(exports: KernelExports, memory: Buffer, saved: Uint8Array | undefined) {
    const start = exports.streamStart.value;
    this.#exports = exports;
    this.#slot = memory.subarray(start, start + streamBytes);
    if (saved === undefined) exports.streamReset();
    this.#state = new Uint8Array(saved ?? this.#slot);
  }

  updateAt(at: number, length: number): void {
    this.#slot.set(this.#state);
    this.#exports.streamUpdate(at, length);
    this.#state.set(this.#slot);
  }

  digestAt(outAt: number): void {
    this.#slot.set(this.#state);
    this.#exports.streamDigest(outAt);
  }

  save(): Uint8Array {
    return this.#state.slice();
  }
}
