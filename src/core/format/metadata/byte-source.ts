/**
 * Random access to the bytes of a file, given by whoever reads the disk; the readers of metadata ask for the few ranges
 * that they need. Small files are wholly in memory, where reading makes a view and no copy.
 */

/** A file to read from. */
export interface ByteSource {
  readonly sizeBytes: number;
  /**
   * Returns the `length` bytes at `offset`, fewer where the file ends, none beyond its end. They need to stay valid only until
   * the next call.
   */
  read(offset: number, length: number): Uint8Array;
}

/** Returns a source for a file that is wholly in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    sizeBytes: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}
