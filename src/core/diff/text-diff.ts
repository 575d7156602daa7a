/** The difference of two texts as values: hunks of a unified diff with their context, ready to be printed. */
import { diffLines, type LineHunk } from './line-diff.js';
import { decodeText, lineEnding, splitLines } from './text-lines.js';

/** Largest text that is compared line by line. */
export const maxDiffBytes = 64 << 20;

/** One line of a hunk. */
export interface DiffLine {
  readonly kind: 'context' | 'removed' | 'added';
  readonly text: string; // without its ending
  readonly ending: '\n' | '\r\n' | ''; // empty: the last line of a text that has no final newline
}

/** Changes that stand near each other, with the lines around them. Where a count is 0 its start is the line before. */
export interface TextHunk {
  readonly leftStart: number; // line number from 1, as in `@@ -leftStart,leftCount`
  readonly leftCount: number;
  readonly rightStart: number;
  readonly rightCount: number;
  readonly lines: readonly DiffLine[];
}

/** How two versions of a text differ. */
export type TextDiff =
  | {
      readonly kind: 'text';
      readonly hunks: readonly TextHunk[];
      readonly addedCount: number; // lines, also those beyond the limit
      readonly removedCount: number;
      readonly isTruncated: boolean; // hunks beyond `maxLines` were left out
    }
  | { readonly kind: 'binary' } // not valid UTF-8, or with NUL bytes
  | { readonly kind: 'too large' };

/** How much of a difference is wanted. */
export interface TextDiffOptions {
  readonly contextBefore?: number; // lines, 3 without it
  readonly contextAfter?: number; // lines, 3 without it
  readonly maxLines?: number; // of all hunks together; no limit without it. The hunk that passes it is cut
}

/** Compares two versions of a text; an absent one is empty. */
export function diffText(
  left: Uint8Array | undefined,
  right: Uint8Array | undefined,
  options: TextDiffOptions = {},
): TextDiff {
  if ([left, right].some((side) => (side?.length ?? 0) > maxDiffBytes))
    return { kind: 'too large' };
  const leftText = left === undefined ? '' : decodeText(left);
  const rightText = right === undefined ? '' : decodeText(right);
  if (leftText === undefined || rightText === undefined) return { kind: 'binary' };
  const texts = { left: splitLines(leftText), right: splitLines(rightText) };
  const changes = diffLines(texts.left, texts.right);
  const { hunks, isTruncated } = makeHunks(texts, changes, options);
  return {
    kind: 'text',
    hunks,
    addedCount: changes.reduce((sum, { rightCount }) => sum + rightCount, 0),
    removedCount: changes.reduce((sum, { leftCount }) => sum + leftCount, 0),
    isTruncated,
  };
}

interface Texts {
  readonly left: readonly string[];
  readonly right: readonly string[];
}

function makeHunks(texts: Texts, changes: readonly LineHunk[], options: TextDiffOptions) {
  const { contextBefore = 3, contextAfter = 3, maxLines = Number.POSITIVE_INFINITY } = options;
  const hunks: TextHunk[] = [];
  let room = maxLines;
  for (const group of groupNear(changes, contextBefore + contextAfter)) {
    if (room <= 0) return { hunks, isTruncated: true };
    const hunk = makeHunk(texts, group, contextBefore, contextAfter);
    if (hunk.lines.length > room) {
      hunks.push({ ...hunk, lines: hunk.lines.slice(0, room) });
      return { hunks, isTruncated: true };
    }
    room -= hunk.lines.length;
    hunks.push(hunk);
  }
  return { hunks, isTruncated: false };
}

/** Puts changes together whose context would meet or overlap. */
function groupNear(changes: readonly LineHunk[], distance: number): LineHunk[][] {
  const groups: LineHunk[][] = [];
  for (const change of changes) {
    const last = groups.at(-1)?.at(-1);
    const isNear = last && change.leftStart - (last.leftStart + last.leftCount) <= distance;
    if (isNear) groups.at(-1)?.push(change);
    else groups.push([change]);
  }
  return groups;
}

function makeHunk(
  texts: Texts,
  changes: readonly LineHunk[],
  contextBefore: number,
  contextAfter: number,
): TextHunk {
  const lines: DiffLine[] = [];
  const append = (kind: DiffLine['kind'], side: readonly string[], start: number, end: number) => {
    for (let index = start; index < end; index++) lines.push(diffLine(kind, side[index] ?? ''));
  };
  const first = changes[0];
  const start = Math.max((first?.leftStart ?? 0) - contextBefore, 0);
  const rightStart = start + (first?.rightStart ?? 0) - (first?.leftStart ?? 0);
  let next = start;
  for (const change of changes) {
    append('context', texts.left, next, change.leftStart);
    next = change.leftStart + change.leftCount;
    append('removed', texts.left, change.leftStart, next);
    append('added', texts.right, change.rightStart, change.rightStart + change.rightCount);
  }
  const end = Math.min(next + contextAfter, texts.left.length);
  append('context', texts.left, next, end);
  const leftCount = end - start;
  const rightCount = changes.reduce(
    (sum, hunk) => sum + hunk.rightCount - hunk.leftCount,
    leftCount,
  );
  return {
    leftStart: leftCount === 0 ? start : start + 1,
    leftCount,
    rightStart: rightCount === 0 ? rightStart : rightStart + 1,
    rightCount,
    lines,
  };
}

function diffLine(kind: DiffLine['kind'], line: string): DiffLine {
  const ending = lineEnding(line);
  return { kind, text: line.slice(0, line.length - ending.length), ending };
}
