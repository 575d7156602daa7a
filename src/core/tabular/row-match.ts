/** Pairs the rows of two tables that have the same key. Of several with one key the first goes with the first, and so on. */

/** Gives the keys of a table's rows. */
export interface KeyedSide {
  readonly rowCount: number;
  keyOf(index: number): string;
}

/**
 * Returns for each right row the index of its left row, -1 where it has none.
 * @param isSameRow says cheaply that two rows are the same; runs of such rows at both ends are paired without their keys
 */
export function matchRows(
  left: KeyedSide,
  right: KeyedSide,
  isSameRow: (leftIndex: number, rightIndex: number) => boolean,
): Int32Array {
  const matches = new Int32Array(right.rowCount).fill(-1);
  let start = 0;
  let leftEnd = left.rowCount;
  let rightEnd = right.rowCount;
  for (; start < leftEnd && start < rightEnd && isSameRow(start, start); start++) {
    matches[start] = start;
  }
  for (; leftEnd > start && rightEnd > start && isSameRow(leftEnd - 1, rightEnd - 1); ) {
    matches[--rightEnd] = --leftEnd;
  }
  const first = new Map<string, number>(); // by key: the first left row that is still alone
  const next = new Int32Array(leftEnd); // the following left row with the same key
  for (let index = leftEnd - 1; index >= start; index--) {
    const key = left.keyOf(index);
    next[index] = first.get(key) ?? -1;
    first.set(key, index);
  }
  for (let index = start; index < rightEnd; index++) {
    const key = right.keyOf(index);
    const found = first.get(key) ?? -1;
    if (found < 0) continue;
    matches[index] = found;
    first.set(key, next[found] ?? -1);
  }
  return matches;
}

/**
 * Yields pairs of left and right row, -1 where one is absent, in the order of the right rows; left rows without a pair
 * come where they stood.
 * @param matches what `matchRows` returned
 */
export function* pairInOrder(
  leftCount: number,
  matches: Int32Array,
): Generator<readonly [left: number, right: number]> {
  const isMatched = new Uint8Array(leftCount);
  for (const match of matches) if (match >= 0) isMatched[match] = 1;
  let next = 0;
  for (const [right, match] of matches.entries()) {
    // Before an added row come the removed ones that stood here, before a kept one all that stood above it.
    const end = match < 0 ? nextMatched(isMatched, next) : match;
    for (; next < end; next++) if (isMatched[next] === 0) yield [next, -1];
    yield [match, right];
    next = Math.max(next, match + 1);
  }
  for (; next < leftCount; next++) if (isMatched[next] === 0) yield [next, -1];
}

function nextMatched(isMatched: Uint8Array, start: number): number {
  const found = isMatched.indexOf(1, start);
  return found < 0 ? isMatched.length : found;
}
