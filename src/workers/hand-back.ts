/** Answers of a thread that hand buffers over. In a file of its own, because loading Piscina takes a thread some milliseconds. */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { GatheredMessage } from './gather.js';

/** Returns what a task must return for its buffers to be handed over with its answer. */
export function handBack({ value, transferList }: GatheredMessage<object>): unknown {
  return move({ [transferableSymbol]: transferList, [valueSymbol]: value });
}
