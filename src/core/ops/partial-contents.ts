/**
 * Whether the contents of older commits may be absent on purpose: a plain clone brings the whole history, and the files of its
 * newest commit only.
 */
import type { OpenRepository } from '../repository.js';

const key = 'contents/partial';

/** Says whether contents that only older commits need may be absent. */
export function hasPartialContents({ meta }: OpenRepository): boolean {
  return meta.get(key) !== undefined;
}

/** Records whether they may be; inside a transaction. */
export function setPartialContents({ meta }: OpenRepository, isPartial: boolean): void {
  if (isPartial) meta.put(key, new Uint8Array(0));
  else meta.remove(key);
}
