/**
 * The content-defined cutter: FastCDC (Xia et al., USENIX ATC 2016) with a 32-bit Gear fingerprint, so that each
 * decision depends on the 32 bytes before it. Parameters and the state between two blocks are in the cutter area.
 */
import { CUTTER, GEAR } from './memory-layout';

const WINDOW: u32 = 32; // bytes that a 32-bit fingerprint remembers

@inline function roll(fingerprint: u32, at: usize): u32 {
  return (fingerprint << 1) + load<u32>(GEAR + (<usize>load<u8>(at) << 2));
}

/**
 * Looks for the end of the current chunk in the `length` bytes at `at`. Returns how many of them belong to it when it
 * ends there (the next chunk starts behind them), or 0 when it goes on.
 */
export function findCut(at: usize, length: u32): u32 {
  const smallest = load<u32>(CUTTER), average = load<u32>(CUTTER, 4), largest = load<u32>(CUTTER, 8);
  const maskBefore = load<u32>(CUTTER, 12), maskAfter = load<u32>(CUTTER, 16);
  const seen = load<u32>(CUTTER, 20);
  const chunk = at - seen; // address of the start of the chunk, were it all in memory
  const limit = min<u32>(seen + length, largest);
  let fingerprint = load<u32>(CUTTER, 24);
  let position = seen;
  if (position < smallest - WINDOW) position = min<u32>(limit, smallest - WINDOW);
  for (const end = min<u32>(limit, smallest - 1); position < end; position++) {
    fingerprint = roll(fingerprint, chunk + position);
  }
  for (const end = min<u32>(limit, average - 1); position < end; ) {
    fingerprint = roll(fingerprint, chunk + position++);
    if ((fingerprint & maskBefore) == 0) return endChunk(position - seen);
  }
  while (position < limit) {
    fingerprint = roll(fingerprint, chunk + position++);
    if ((fingerprint & maskAfter) == 0) return endChunk(position - seen);
  }
  if (position == largest) return endChunk(position - seen);
  store<u32>(CUTTER, position, 20);
  store<u32>(CUTTER, fingerprint, 24);
  return 0;
}

function endChunk(used: u32): u32 {
  store<u64>(CUTTER, 0, 20);
  return used;
}
