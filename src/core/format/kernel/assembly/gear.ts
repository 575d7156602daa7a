/**
 * The content-defined cutter: FastCDC (Xia et al., USENIX ATC 2016) with a 32-bit Gear fingerprint, so that each
 * decision depends on the 32 bytes before it. Parameters and the state between two blocks are in the cutter area.
 * The same algorithm stands in plain TypeScript in ../gear-cutter.ts; both must cut alike.
 */
import { CUTTER, GEAR } from './memory-layout';

const WINDOW: u32 = 32; // bytes that a 32-bit fingerprint remembers
const LANE_BYTES: u32 = 1024;
const STRIDE: u32 = 4 * LANE_BYTES; // bytes looked at in one go, in four lanes

let position: u32 = 0; // bytes of the current chunk seen
let fingerprint: u32 = 0; // of the 32 bytes before `position`

@inline function gearOf(at: usize): usize {
  return GEAR + (<usize>load<u8>(at) << 2);
}

@inline function roll(rolled: u32, at: usize): u32 {
  return (rolled << 1) + load<u32>(gearOf(at));
}

function fingerprintBefore(at: usize): u32 {
  let rolled: u32 = 0;
  for (let byte = at - WINDOW; byte < at; byte++) rolled = roll(rolled, byte);
  return rolled;
}

/**
 * Takes the STRIDE bytes at `at` into the fingerprint when none of them gives one below `limit`; else leaves it and
 * returns false. Four lanes are rolled side by side, since one roll has to wait for the one before; their minimum is
 * looked at once at the end, since cuts are rare.
 */
function skipStride(at: usize, limit: u32): bool {
  let lanes = i32x4.splat(fingerprint);
  lanes = i32x4.replace_lane(lanes, 1, fingerprintBefore(at + LANE_BYTES));
  lanes = i32x4.replace_lane(lanes, 2, fingerprintBefore(at + 2 * LANE_BYTES));
  lanes = i32x4.replace_lane(lanes, 3, fingerprintBefore(at + 3 * LANE_BYTES));
  let lowest = i32x4.splat(-1);
  for (const end = at + LANE_BYTES; at < end; at++) {
    let gears = v128.load32_zero(gearOf(at));
    gears = v128.load32_lane(gearOf(at + LANE_BYTES), gears, 1);
    gears = v128.load32_lane(gearOf(at + 2 * LANE_BYTES), gears, 2);
    gears = v128.load32_lane(gearOf(at + 3 * LANE_BYTES), gears, 3);
    lanes = i32x4.add(i32x4.shl(lanes, 1), gears);
    lowest = i32x4.min_u(lowest, lanes);
  }
  if (v128.any_true(i32x4.lt_u(lowest, i32x4.splat(limit)))) return false;
  fingerprint = i32x4.extract_lane(lanes, 3);
  return true;
}

/** Goes on to chunk length `end`; stops and returns true at the first length whose fingerprint is below `limit`. */
function scan(chunk: usize, end: u32, limit: u32): bool {
  while (position + STRIDE <= end && skipStride(chunk + position, limit)) position += STRIDE;
  while (position < end) {
    fingerprint = roll(fingerprint, chunk + position++);
    if (fingerprint < limit) return true;
  }
  return false;
}

/**
 * Looks for the end of the current chunk in the `length` bytes at `at`. Returns how many of them belong to it when it
 * ends there (the next chunk starts behind them), or 0 when it goes on.
 */
export function findCut(at: usize, length: u32): u32 {
  const smallest = load<u32>(CUTTER), average = load<u32>(CUTTER, 4), largest = load<u32>(CUTTER, 8);
  const seen = load<u32>(CUTTER, 20);
  const chunk = at - seen; // address of the start of the chunk, were it all in memory
  const end = min<u32>(seen + length, largest);
  position = max<u32>(seen, min<u32>(end, smallest - WINDOW));
  fingerprint = load<u32>(CUTTER, 24);
  scan(chunk, min<u32>(end, smallest - 1), 0);
  const isCut = position >= smallest - 1 &&
    (scan(chunk, min<u32>(end, average - 1), load<u32>(CUTTER, 12)) || scan(chunk, end, load<u32>(CUTTER, 16)));
  if (isCut || position == largest) {
    store<u64>(CUTTER, 0, 20);
    return position - seen;
  }
  store<u32>(CUTTER, position, 20);
  store<u32>(CUTTER, fingerprint, 24);
  return 0;
}
