/**
 * Gets a message ready for another thread: its many small arrays move together into one buffer. Cloning or handing over each
 * array by itself costs some microseconds, for a batch of directories more than its work does.
 */

/** A message and the buffers that are handed over with it. */
export interface GatheredMessage<Value> {
  readonly value: Value;
  readonly transferList: ArrayBuffer[];
}

type TypedArray = Uint8Array | Uint16Array | Uint32Array | Float64Array;

const alignment = 8;

/**
 * Returns a copy of `value`, plain data, whose typed arrays are views of one buffer, each at a multiple of 8.
 * @param giveUp buffers that the sender needs no more: an array that fills one of them is not copied
 */
export function gather<Value>(
  value: Value,
  giveUp: readonly ArrayBuffer[] = [],
): GatheredMessage<Value> {
  const gatherer = new Gatherer(giveUp);
  gatherer.measure(value);
  const gathered = gatherer.rebuild(value) as Value; // the same data in the same shape
  return { value: gathered, transferList: gatherer.transferList };
}

class Gatherer {
  readonly #giveUp: readonly ArrayBuffer[];
  readonly #given = new Set<ArrayBuffer>();
  #length = 0;
  #shared: ArrayBuffer | undefined;

  constructor(giveUp: readonly ArrayBuffer[]) {
    this.#giveUp = giveUp;
  }

  get transferList(): ArrayBuffer[] {
    return this.#shared === undefined ? [...this.#given] : [this.#shared, ...this.#given];
  }

  /** Adds up how much room the arrays of `value` need. */
  measure(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    if (isTypedArray(value)) {
      if (!this.#isGiven(value)) this.#length += aligned(value.byteLength);
    } else if (Array.isArray(value)) {
      for (const part of value) this.measure(part);
    } else {
      for (const key in value) this.measure((value as Record<string, unknown>)[key]);
    }
  }

  rebuild(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (isTypedArray(value)) return this.#isGiven(value) ? this.#give(value) : this.#place(value);
    if (Array.isArray(value)) return value.map((part) => this.rebuild(part));
    const copy: Record<string, unknown> = {};
    for (const key in value) copy[key] = this.rebuild((value as Record<string, unknown>)[key]);
    return copy;
  }

  /** Parts of larger buffers (Node's pool, WebAssembly memory) are never given: others use the rest. */
  #isGiven({ byteLength, buffer }: TypedArray): boolean {
    if (this.#giveUp.length === 0 || byteLength !== buffer.byteLength) return false;
    return buffer instanceof ArrayBuffer && this.#giveUp.includes(buffer);
  }

  #give(array: TypedArray): TypedArray {
    if (array.buffer instanceof ArrayBuffer) this.#given.add(array.buffer);
    return array;
  }

  /** Copies an array to the end of the shared buffer, which is filled from its end downwards. */
  #place(array: TypedArray): TypedArray {
    this.#shared ??= new ArrayBuffer(this.#length);
    this.#length -= aligned(array.byteLength);
    const copy = viewLike(array, this.#shared, this.#length);
    copy.set(array);
    return copy;
  }
}

function isTypedArray(value: object): value is TypedArray {
  return ArrayBuffer.isView(value);
}

function viewLike(array: TypedArray, buffer: ArrayBuffer, offset: number): TypedArray {
  if (array instanceof Float64Array) return new Float64Array(buffer, offset, array.length);
  if (array instanceof Uint32Array) return new Uint32Array(buffer, offset, array.length);
  if (array instanceof Uint16Array) return new Uint16Array(buffer, offset, array.length);
  return new Uint8Array(buffer, offset, array.length);
}

function aligned(bytes: number): number {
  return (bytes + alignment - 1) & -alignment;
}
