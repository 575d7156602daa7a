/**
 * Gets a message ready for another thread: its many small arrays move together into one buffer, which is handed over.
 * Cloning or handing over each array by itself costs some microseconds, for a batch of directories more than its work does.
 */

/** A message and the buffers that are handed over with it. */
export interface GatheredMessage<Value> {
  readonly value: Value;
  readonly transferList: ArrayBuffer[];
}

type TypedArray = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** Arrays from here on that fill their buffer are handed over as they are, if the sender gives them up. */
const largeBytes = 64 * 1024;
const alignment = 8;

/**
 * Returns `value`, plain data, with all typed arrays in buffers of the message.
 * @param options `giveUp`: the sender needs its large arrays no more, so that they need no copy; all of them, or those that fill one of
 *   these buffers
 */
export function gather<Value>(
  value: Value,
  options: { readonly giveUp: boolean | readonly ArrayBuffer[] },
): GatheredMessage<Value> {
  const gatherer = new Gatherer(options.giveUp);
  gatherer.measure(value);
  const gathered = gatherer.rebuild(value) as Value; // the same data in the same shape
  return { value: gathered, transferList: gatherer.transferList };
}

class Gatherer {
  readonly #giveUp: boolean | readonly ArrayBuffer[];
  readonly #given = new Set<ArrayBuffer>();
  #length = 0;
  #shared: ArrayBuffer | undefined;

  constructor(giveUp: boolean | readonly ArrayBuffer[]) {
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
    if (byteLength < largeBytes || byteLength !== buffer.byteLength) return false;
    const giveUp = this.#giveUp;
    if (typeof giveUp === 'boolean') return giveUp;
    return buffer instanceof ArrayBuffer && giveUp.includes(buffer);
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
