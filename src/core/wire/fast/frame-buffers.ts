/**
 * Memory for the payloads of large frames, used again and again: a push of some GB goes through a few buffers. Fresh memory costs a page
 * fault for every 4 KiB, and its collection a seventh of the time of both sides.
 */

/** Shorter payloads get memory of their own: it is cheap. */
export const smallestKeptBytes = 256 * 1024;

const capacityStep = 512 * 1024;
const largestKeptBytes = 4 * 1024 * 1024;
const mostKeptBytes = 24 * 1024 * 1024;

/** Lends buffers and keeps those that come back, up to 24 MiB. */
export class FrameBuffers {
  readonly #kept: ArrayBuffer[] = [];
  #keptBytes = 0;

  /** Returns `length` bytes at the start of a buffer; they hold anything. */
  take(length: number): Uint8Array<ArrayBuffer> {
    if (length < smallestKeptBytes) return new Uint8Array(length);
    const index = this.#kept.findIndex(({ byteLength }) => byteLength >= length);
    const [kept] = index < 0 ? [] : this.#kept.splice(index, 1);
    this.#keptBytes -= kept?.byteLength ?? 0;
    const buffer = kept ?? new ArrayBuffer(Math.ceil(length / capacityStep) * capacityStep);
    return new Uint8Array(buffer, 0, length);
  }

  /** Takes back a buffer that nobody uses any more, and no one else may have. */
  giveBack(buffer: ArrayBufferLike): void {
    const { byteLength } = buffer;
    if (!(buffer instanceof ArrayBuffer) || byteLength < smallestKeptBytes) return;
    if (byteLength > largestKeptBytes || this.#keptBytes + byteLength > mostKeptBytes) return;
    this.#kept.push(buffer);
    this.#keptBytes += byteLength;
  }
}
