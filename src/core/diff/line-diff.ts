/**
 * Which lines of two texts are the same. Myers' shortest edit script by the library `diff`, on what is left after the
 * common start and end, and all lines that occur on one side only, are taken out; that leaves little to do for
 * most changes. Where the rest is still too different, the lines that occur once on both sides are aligned first (the
 * longest ascending run of them, as in patience diff), so that the time stays bounded for any two texts.
 */
import { diffArrays } from 'diff';

/** Lines of the left side that are replaced by lines of the right side; one of the counts may be 0. */
export interface LineHunk {
  readonly leftStart: number; // index of a line, from 0
  readonly leftCount: number;
  readonly rightStart: number;
  readonly rightCount: number;
}

const maxEdits = 1000; // Myers takes time and memory with the square of this
const maxEditsBetweenAnchors = 200;

/**
 * Returns what differs, ascending, hunks apart by at least one common line. An insertion or deletion among equal lines
 * stands as far down as it can, as git has it.
 */
export function diffLines(left: readonly string[], right: readonly string[]): LineHunk[] {
  const pairs = new Int32Array(left.length).fill(-1);
  matchRange(
    left,
    right,
    { left: 0, leftEnd: left.length, right: 0, rightEnd: right.length },
    pairs,
  );
  return slideDown(hunksOf(pairs, right.length), left, right);
}

interface Range {
  readonly left: number;
  readonly leftEnd: number;
  readonly right: number;
  readonly rightEnd: number;
}

/** Sets in `pairs` the right index of each left line that stays. */
function matchRange(
  left: readonly string[],
  right: readonly string[],
  whole: Range,
  pairs: Int32Array,
): void {
  const range = trimCommon(left, right, whole, pairs);
  const sides = internShared(left, right, range);
  if (matchByEdits(sides, maxEdits, pairs)) return;
  let from = { left: 0, right: 0 };
  const end = { left: sides.leftIds.length, right: sides.rightIds.length };
  for (const anchor of [...findAnchors(sides), end]) {
    matchByEdits(sliceSides(sides, from, anchor), maxEditsBetweenAnchors, pairs);
    if (anchor !== end) pairs[sides.leftAt[anchor.left] ?? 0] = sides.rightAt[anchor.right] ?? 0;
    from = { left: anchor.left + 1, right: anchor.right + 1 };
  }
}

function trimCommon(
  left: readonly string[],
  right: readonly string[],
  range: Range,
  pairs: Int32Array,
): Range {
  let { left: leftStart, leftEnd, right: rightStart, rightEnd } = range;
  while (leftStart < leftEnd && rightStart < rightEnd && left[leftStart] === right[rightStart]) {
    pairs[leftStart++] = rightStart++;
  }
  while (
    leftStart < leftEnd &&
    rightStart < rightEnd &&
    left[leftEnd - 1] === right[rightEnd - 1]
  ) {
    pairs[--leftEnd] = --rightEnd;
  }
  return { left: leftStart, leftEnd, right: rightStart, rightEnd };
}

/** The lines that occur on both sides, as numbers, and where they stand. */
interface SharedLines {
  readonly leftIds: number[];
  readonly leftAt: number[];
  readonly rightIds: number[];
  readonly rightAt: number[];
}

function internShared(left: readonly string[], right: readonly string[], range: Range) {
  const ids = new Map<string, number>();
  for (let index = range.left; index < range.leftEnd; index++) {
    const line = left[index] ?? '';
    if (!ids.has(line)) ids.set(line, ids.size);
  }
  const rightIds: number[] = [];
  const rightAt: number[] = [];
  const occursRight = new Uint8Array(ids.size);
  for (let index = range.right; index < range.rightEnd; index++) {
    const id = ids.get(right[index] ?? '');
    if (id === undefined) continue;
    rightIds.push(id);
    rightAt.push(index);
    occursRight[id] = 1;
  }
  const leftIds: number[] = [];
  const leftAt: number[] = [];
  for (let index = range.left; index < range.leftEnd; index++) {
    const id = ids.get(left[index] ?? '') ?? 0;
    if (occursRight[id] !== 1) continue;
    leftIds.push(id);
    leftAt.push(index);
  }
  return { leftIds, leftAt, rightIds, rightAt };
}

/** Aligns by the shortest edit script and says whether it has at most `limit` edits. */
function matchByEdits(sides: SharedLines, limit: number, pairs: Int32Array): boolean {
  const changes = diffArrays(sides.leftIds, sides.rightIds, { maxEditLength: limit });
  if (changes === undefined) return false;
  let left = 0;
  let right = 0;
  for (const { added, removed, count } of changes) {
    if (added) right += count;
    else if (removed) left += count;
    else {
      for (const end = left + count; left < end; left++, right++) {
        pairs[sides.leftAt[left] ?? 0] = sides.rightAt[right] ?? 0;
      }
    }
  }
  return true;
}

interface Anchor {
  readonly left: number; // indexes into the lists of shared lines
  readonly right: number;
}

function sliceSides(sides: SharedLines, from: Anchor, to: Anchor): SharedLines {
  return {
    leftIds: sides.leftIds.slice(from.left, to.left),
    leftAt: sides.leftAt.slice(from.left, to.left),
    rightIds: sides.rightIds.slice(from.right, to.right),
    rightAt: sides.rightAt.slice(from.right, to.right),
  };
}

/** Returns the longest run of lines, unique on both sides, that ascends on both: the classic patience sort. */
function findAnchors({ leftIds, rightIds }: SharedLines): Anchor[] {
  const rightPlace = placesOfUnique(rightIds);
  const candidates: (Anchor & { before: number })[] = [];
  const tails: number[] = []; // by length of run: the candidate that ends lowest
  placesOfUnique(leftIds).forEach((left, id) => {
    const right = rightPlace.get(id) ?? -1;
    if (left < 0 || right < 0) return;
    let low = 0;
    for (let high = tails.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((candidates[tails[middle] ?? 0]?.right ?? 0) < right) low = middle + 1;
      else high = middle;
    }
    tails[low] = candidates.length;
    candidates.push({ left, right, before: low === 0 ? -1 : (tails[low - 1] ?? -1) });
  });
  const anchors: Anchor[] = [];
  let at = tails.at(-1) ?? -1;
  for (let anchor = candidates[at]; anchor !== undefined; anchor = candidates[at]) {
    anchors.push(anchor);
    at = anchor.before;
  }
  return anchors.reverse();
}

/** Maps each number to its place in the list, -1 when it occurs more than once; in order of first occurrence. */
function placesOfUnique(ids: readonly number[]): Map<number, number> {
  const places = new Map<number, number>();
  ids.forEach((id, index) => {
    places.set(id, places.has(id) ? -1 : index);
  });
  return places;
}

function hunksOf(pairs: Int32Array, rightLength: number): LineHunk[] {
  const hunks: LineHunk[] = [];
  let leftStart = 0;
  let rightStart = 0;
  const close = (left: number, right: number) => {
    if (left > leftStart || right > rightStart) {
      const counts = { leftCount: left - leftStart, rightCount: right - rightStart };
      hunks.push({ leftStart, rightStart, ...counts });
    }
    leftStart = left + 1;
    rightStart = right + 1;
  };
  pairs.forEach((right, left) => {
    if (right >= 0) close(left, right);
  });
  close(pairs.length, rightLength);
  return hunks;
}

/** Moves pure insertions and deletions down over equal lines, joining hunks that meet. */
function slideDown(
  hunks: readonly LineHunk[],
  left: readonly string[],
  right: readonly string[],
): LineHunk[] {
  const slid: LineHunk[] = [];
  for (let index = hunks.length - 1; index >= 0; index--) {
    let hunk = hunks[index];
    for (let next = slid.at(-1); hunk !== undefined; next = slid.at(-1)) {
      hunk = slideUntil(hunk, next, left, right);
      if (next === undefined || hunk.leftStart + hunk.leftCount < next.leftStart) break;
      slid.pop();
      hunk = {
        leftStart: hunk.leftStart,
        leftCount: next.leftStart + next.leftCount - hunk.leftStart,
        rightStart: hunk.rightStart,
        rightCount: next.rightStart + next.rightCount - hunk.rightStart,
      };
    }
    if (hunk !== undefined) slid.push(hunk);
  }
  return slid.reverse();
}

function slideUntil(
  hunk: LineHunk,
  next: LineHunk | undefined,
  left: readonly string[],
  right: readonly string[],
): LineHunk {
  const { leftCount, rightCount } = hunk;
  if (leftCount > 0 && rightCount > 0) return hunk;
  const [lines, start, count] =
    leftCount > 0 ? [left, hunk.leftStart, leftCount] : [right, hunk.rightStart, rightCount];
  const room = (next?.leftStart ?? left.length) - (hunk.leftStart + leftCount);
  let steps = 0;
  while (steps < room && lines[start + steps] === lines[start + steps + count]) steps++;
  const moved = { leftStart: hunk.leftStart + steps, rightStart: hunk.rightStart + steps };
  return { ...moved, leftCount, rightCount };
}
