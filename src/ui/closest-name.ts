/** "Did you mean": the known name that a mistyped one is closest to. */

/** Returns the known name that differs from `name` by at most a third of its letters, or undefined. */
export function closestName(name: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(name.length / 3));
  let closest: string | undefined;
  let smallest = limit + 1;
  for (const candidate of known) {
    const distance = isStart(name, candidate) ? 1 : editDistance(name, candidate);
    if (distance < smallest) {
      smallest = distance;
      closest = candidate;
    }
  }
  return closest;
}

function isStart(name: string, candidate: string): boolean {
  return name.length >= 2 && candidate.startsWith(name);
}

/**
 * Returns the number of letters to insert, delete, replace or swap with their neighbour to make `left` into `right`
 * (Damerau-Levenshtein, optimal string alignment).
 */
export function editDistance(left: string, right: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      const replaced = (previous[column - 1] ?? 0) + (isSame ? 0 : 1);
      const inserted = (current[column - 1] ?? 0) + 1;
      const deleted = (previous[column] ?? 0) + 1;
      const swapped = isSwapped ? (beforePrevious[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min(replaced, inserted, deleted, swapped));
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length] ?? 0;
}
