/** Writes output of any length piece by piece, such that it can be stopped: by its reader going away, or by Ctrl-C. */
import { setImmediate } from 'node:timers/promises';
import { GatheredOutput } from './gathered-output.js';
import type { Output } from './output.js';

/** Bytes or text of any length, in pieces. */
export type Pieces = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** Writing is synchronous: signals are only noticed when the event loop has its turn, after this many characters. */
const charactersPerTurn = 1 << 20;

/**
 * Writes `pieces` to `output` until they or its reader end.
 * @throws InterruptedError, the reason of `signal`, when the user asks to stop
 */
export async function writePieces(
  pieces: Pieces,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const gathered = new GatheredOutput(output);
  let sinceTurn = 0;
  try {
    for await (const piece of pieces) {
      if (output.isClosed) return;
      gathered.add(piece);
      sinceTurn += piece.length;
      if (sinceTurn < charactersPerTurn) continue;
      sinceTurn = 0;
      await setImmediate();
      signal.throwIfAborted();
    }
  } finally {
    gathered.flush();
  }
}
