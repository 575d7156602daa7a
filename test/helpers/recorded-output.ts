/** An output for tests that keeps what is written. */
import { painter } from '../../src/ui/colour.js';
import type { Output } from '../../src/ui/output.js';

/** An output and what was written to it, piece by piece. */
export interface RecordedOutput extends Output {
  readonly written: string[];
}

/** Returns an output that keeps what is written, and is closed after `closesAfter` pieces. */
export function recordedOutput(
  isTerminal: boolean,
  closesAfter = Number.POSITIVE_INFINITY,
): RecordedOutput {
  const written: string[] = [];
  return {
    isTerminal,
    paint: painter(false),
    written,
    get isClosed() {
      return written.length >= closesAfter;
    },
    write: (chunk) => {
      written.push(Buffer.from(chunk as Uint8Array).toString());
    },
  };
}
