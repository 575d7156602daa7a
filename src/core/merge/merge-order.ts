/**
 * Merges the order of things that are told apart by name: rows by key, columns, members of objects. A rule decides where
 * the sides say nothing about each other's things, the same whichever side is ours.
 */

/**
 * Returns all names of ours and theirs in one order, or undefined when the sides ordered the names of base in two
 * different ways. When one side did, its order holds. What a side added follows the name of base that it follows
 * there; of two such additions the one with the lower first name comes first (numbers by value).
 */
export function mergeOrder(
  base: readonly string[],
  ours: readonly string[],
  theirs: readonly string[],
): string[] | undefined {
  const numberOf = new Map<string, number>();
  const [, left = [], right = []] = [base, ours, theirs].map((names) =>
    names.map((name) => {
      const number = numberOf.get(name) ?? numberOf.size;
      numberOf.set(name, number);
      return number;
    }),
  );
  const names = [...numberOf.keys()];
  return mergeNumbers(base.length, left, right, names)?.map((number) => names[number] ?? '');
}

/**
 * The same for names that are numbered, those of base first and in their order: returns numbers. Time and memory follow
 * the number of names.
 * @param names by number
 */
export function mergeNumbers(
  baseCount: number,
  ours: ArrayLike<number>,
  theirs: ArrayLike<number>,
  names: readonly string[],
): number[] | undefined {
  const spine = mergeSpine(baseCount, keepKnown(ours, baseCount), keepKnown(theirs, baseCount));
  if (spine === undefined) return undefined;
  const ourAdditions = followersOf(ours, (number) => number < baseCount);
  const theirAdditions = followersOf(theirs, (number) => number < baseCount);
  const merged: number[] = [];
  const isMerged = new Uint8Array(names.length);
  const append = (number: number) => {
    if (isMerged[number] !== 1) merged.push(number);
    isMerged[number] = 1;
  };
  for (let index = -1; index < spine.length; index++) {
    const anchor = index < 0 ? beforeAll : (spine[index] ?? 0);
    if (index >= 0) append(anchor);
    const left = ourAdditions.get(anchor) ?? [];
    const right = theirAdditions.get(anchor) ?? [];
    for (const number of mergeAdditions(left, right, names)) append(number);
  }
  return merged;
}

/** The anchor of what stands before all names of base. */
const beforeAll = -1;

function keepKnown(numbers: ArrayLike<number>, baseCount: number): Int32Array {
  return Int32Array.from(numbers).filter((number) => number < baseCount);
}

/** Returns the names of base that a side still has, in one order. */
function mergeSpine(
  baseCount: number,
  ours: Int32Array,
  theirs: Int32Array,
): ArrayLike<number> | undefined {
  const [inOurs, inTheirs] = [flagsOf(ours, baseCount), flagsOf(theirs, baseCount)];
  const [oursMoved, theirsMoved] = [!isAscending(ours), !isAscending(theirs)];
  if (!oursMoved && !theirsMoved) {
    const inEither = inOurs.map((flag, number) => flag | (inTheirs[number] ?? 0));
    return numbersOf(inEither);
  }
  if (oursMoved && theirsMoved) {
    const left = ours.filter((number) => inTheirs[number] === 1);
    const right = theirs.filter((number) => inOurs[number] === 1);
    if (left.some((number, index) => number !== right[index])) return undefined;
  }
  return oursMoved
    ? insertMissing(ours, inOurs, inTheirs)
    : insertMissing(theirs, inTheirs, inOurs);
}

function flagsOf(numbers: Int32Array, count: number): Uint8Array {
  const flags = new Uint8Array(count);
  for (const number of numbers) flags[number] = 1;
  return flags;
}

function numbersOf(flags: Uint8Array): number[] {
  const numbers: number[] = [];
  for (let number = 0; number < flags.length; number++)
    if (flags[number] === 1) numbers.push(number);
  return numbers;
}

function isAscending(numbers: Int32Array): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));
}

/** Puts what only the other side has behind what it follows in base. */
function insertMissing(order: Int32Array, inOrder: Uint8Array, inOther: Uint8Array): number[] {
  const inEither = inOrder.map((flag, number) => flag | (inOther[number] ?? 0));
  const missing = followersOf(numbersOf(inEither), (number) => inOrder[number] === 1);
  const numbers = [...(missing.get(beforeAll) ?? [])];
  for (const number of order) {
    numbers.push(number);
    for (const follower of missing.get(number) ?? []) numbers.push(follower);
  }
  return numbers;
}

/** Takes the numbers that are no anchors, by the anchor that they follow. */
function followersOf(
  numbers: ArrayLike<number>,
  isAnchor: (number: number) => boolean,
): Map<number, number[]> {
  const followers = new Map<number, number[]>();
  let anchor = beforeAll;
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index] ?? 0;
    if (isAnchor(number)) anchor = number;
    else {
      const list = followers.get(anchor);
      if (list === undefined) followers.set(anchor, [number]);
      else list.push(number);
    }
  }
  return followers;
}

function mergeAdditions(
  ours: readonly number[],
  theirs: readonly number[],
  names: readonly string[],
): readonly number[] {
  if (theirs.length === 0) return ours;
  if (ours.length === 0) return theirs;
  const inTheirs = new Set(theirs);
  const shared = ours.filter((number) => inTheirs.has(number));
  if (shared.length > 0) {
    const merged = mergeShared(shared, ours, theirs, names);
    if (merged !== undefined) return merged;
  }
  const isOursFirst = compareNames(names[ours[0] ?? 0] ?? '', names[theirs[0] ?? 0] ?? '') <= 0;
  return isOursFirst ? [...ours, ...theirs] : [...theirs, ...ours];
}

/** What both sides added takes the place of base. */
function mergeShared(
  shared: readonly number[],
  ours: readonly number[],
  theirs: readonly number[],
  names: readonly string[],
): number[] | undefined {
  const renumbered = new Map<number, number>();
  for (const number of [...shared, ...ours, ...theirs]) {
    if (!renumbered.has(number)) renumbered.set(number, renumbered.size);
  }
  const original = [...renumbered.keys()];
  const renumber = (number: number) => renumbered.get(number) ?? 0;
  return mergeNumbers(
    shared.length,
    ours.map(renumber),
    theirs.map(renumber),
    original.map((number) => names[number] ?? ''),
  )?.map((number) => original[number] ?? 0);
}

function compareNames(left: string, right: string): number {
  const areNumbers = /^[0-9]+$/.test(left) && /^[0-9]+$/.test(right);
  if (areNumbers && left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : Number(left > right);
}
