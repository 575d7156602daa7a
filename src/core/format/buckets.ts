/**
 * How the entries of a directory are spread over its vnodes: how many vnodes there are and which one holds a path.
 * Readers of all implementations rely on it to find a file (merkle-format.md, section 5.2), so it is exact.
 */
const sixteenBits = 0x10000;
const thirtyTwoBits = 0x1_0000_0000;
const maxWideBuckets = 2 ** 20; // below it, remainder * 2^32 + 32 bits stays under 2^52

/**
 * Entries per vnode in the directories that we write; part of the rule of our ids, so it never changes.
 * docs/decisions/0001-entries-per-vnode.md has the measurements. Readers take the number of vnodes from the
 * directory itself, so directories made with another number are read as well.
 */
export const entriesPerVNode = 1000;

/**
 * Returns the number of vnodes of a directory with `entryCount` entries, in the single precision arithmetic of the
 * original, which is off by one for some counts above 2^24. An empty directory has none.
 */
export function vnodeCount(entryCount: number, entriesPerNode = entriesPerVNode): number {
  return Math.ceil(Math.fround(Math.fround(entryCount) / Math.fround(entriesPerNode)));
}

/**
 * Returns the bucket, 0 to `bucketCount - 1`, of the path whose hash stands at `offset` as 16 little-endian bytes:
 * the hash of the full path from the root of the repository, modulo the number of vnodes of its directory.
 */
export function bucketOf(pathHashes: Uint8Array, offset: number, bucketCount: number): number {
  if (bucketCount === 1) return 0;
  if (bucketCount > maxWideBuckets) return bucketOfMany(pathHashes, offset, bucketCount);
  let rest = 0;
  for (let at = offset + 12; at >= offset; at -= 4) {
    rest = remainder(rest * thirtyTwoBits + wordAt(pathHashes, at), bucketCount);
  }
  return rest;
}

function bucketOfMany(pathHashes: Uint8Array, offset: number, bucketCount: number): number {
  let rest = 0;
  for (let at = offset + 14; at >= offset; at -= 2) {
    const word = (pathHashes[at] ?? 0) | ((pathHashes[at + 1] ?? 0) << 8);
    rest = remainder(rest * sixteenBits + word, bucketCount);
  }
  return rest;
}

/** `value % divisor` for whole doubles below 2^52: a division and a correction are faster than V8's `%` on doubles. */
function remainder(value: number, divisor: number): number {
  const rest = value - Math.floor(value / divisor) * divisor;
  if (rest < 0) return rest + divisor;
  return rest >= divisor ? rest - divisor : rest;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)) >>>
    0
  );
}
