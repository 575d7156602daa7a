/**
 * Merges texts line by line (diff3), as `git merge-file` does: changes of the two sides that neither overlap nor touch are
 * both taken, equal changes are taken once, and the rest stands between conflict markers, without the lines on which both
 * sides agree. Bytes that no side changed are kept as they are.
 */
import { diffLines, type LineHunk } from '../diff/line-diff.js';
import { lineEnding, splitLines } from '../diff/text-lines.js';
import {
  type ContentMerge,
  contentMerge,
  decodeContents,
  type MergeContents,
  type MergeLabels,
  markConflict,
} from './contents.js';

/** Merges contents as lines of UTF-8 text; refuses what is larger than `maxMergeBytes` or not text. */
export function mergeText(contents: MergeContents, labels: MergeLabels): ContentMerge {
  const texts = decodeContents(contents);
  if (texts.kind === 'refused') return texts;
  const { text, conflictCount } = mergeLines(texts.base ?? '', texts.ours, texts.theirs, labels);
  return contentMerge(text, conflictCount);
}

/** Merges texts and returns the result, with markers around the conflicts, and their number. */
export function mergeLines(base: string, ours: string, theirs: string, labels: MergeLabels) {
  const texts = { base: splitLines(base), ours: splitLines(ours), theirs: splitLines(theirs) };
  const regions = findRegions(
    diffLines(texts.base, texts.ours),
    diffLines(texts.base, texts.theirs),
  );
  const refined = regions.flatMap((region) => refineRegion(region, texts));
  const parts = joinNearConflicts(refined, texts.ours);
  let conflictCount = 0;
  let next = 0; // line of ours
  let text = '';
  for (const part of parts) {
    text += joinLines(texts.ours, next, part.ours.start);
    if (part.from === 'conflict') conflictCount++;
    text += renderPart(part, texts, labels);
    next = part.ours.end;
  }
  text += joinLines(texts.ours, next, texts.ours.length);
  return { text, conflictCount };
}

/** A run of lines, the end not included. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** A place where at least one side differs from base. */
interface Region {
  readonly from: 'ours' | 'theirs' | 'conflict';
  readonly ours: Span;
  readonly theirs: Span;
}

interface Texts {
  readonly base: readonly string[];
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

/** Puts the hunks of both sides together: those that overlap or touch in base make one region. */
function findRegions(ours: readonly LineHunk[], theirs: readonly LineHunk[]): Region[] {
  let ourShift = 0; // line of ours minus line of base
  let theirShift = 0;
  return groupHunks(ours, theirs).map(({ start, end, ourGrowth, theirGrowth }) => {
    const ourStart = start + ourShift;
    const theirStart = start + theirShift;
    ourShift += ourGrowth ?? 0;
    theirShift += theirGrowth ?? 0;
    const onlyOne = theirGrowth === undefined ? 'ours' : 'theirs';
    return {
      from: ourGrowth !== undefined && theirGrowth !== undefined ? 'conflict' : onlyOne,
      ours: { start: ourStart, end: end + ourShift },
      theirs: { start: theirStart, end: end + theirShift },
    };
  });
}

/** Lines of base that hunks cover, and by how many lines each side grows there; undefined for a side without a hunk. */
interface HunkGroup {
  readonly start: number;
  end: number;
  ourGrowth: number | undefined;
  theirGrowth: number | undefined;
}

function groupHunks(ours: readonly LineHunk[], theirs: readonly LineHunk[]): HunkGroup[] {
  const groups: HunkGroup[] = [];
  const all = [
    ...ours.map((hunk) => ({ hunk, side: 'ourGrowth' as const })),
    ...theirs.map((hunk) => ({ hunk, side: 'theirGrowth' as const })),
  ].sort((left, right) => left.hunk.leftStart - right.hunk.leftStart);
  for (const { hunk, side } of all) {
    const { leftStart: start, leftCount, rightCount } = hunk;
    let group = groups.at(-1);
    if (group === undefined || start > group.end) {
      group = { start, end: start, ourGrowth: undefined, theirGrowth: undefined };
      groups.push(group);
    }
    group.end = Math.max(group.end, start + leftCount);
    group[side] = (group[side] ?? 0) + rightCount - leftCount;
  }
  return groups;
}

/** Takes the lines on which both sides agree out of a conflict. */
function refineRegion(region: Region, texts: Texts): Region[] {
  if (region.from !== 'conflict') return [region];
  const ours = texts.ours.slice(region.ours.start, region.ours.end);
  const theirs = texts.theirs.slice(region.theirs.start, region.theirs.end);
  return diffLines(ours, theirs).map(({ leftStart, leftCount, rightStart, rightCount }) => ({
    from: 'conflict',
    ours: span(region.ours.start + leftStart, leftCount),
    theirs: span(region.theirs.start + rightStart, rightCount),
  }));
}

function span(start: number, count: number): Span {
  return { start, end: start + count };
}

const nearLines = 3;

/**
 * Joins conflicts that have at most three lines between them, or lines without a letter or digit: they would be harder to
 * read apart.
 */
function joinNearConflicts(regions: readonly Region[], ours: readonly string[]): Region[] {
  const joined: Region[] = [];
  for (const region of regions) {
    const last = joined.at(-1);
    const isNear =
      last?.from === 'conflict' &&
      region.from === 'conflict' &&
      isNearby(ours.slice(last.ours.end, region.ours.start));
    if (!isNear) joined.push(region);
    else {
      joined[joined.length - 1] = {
        from: 'conflict',
        ours: { start: last.ours.start, end: region.ours.end },
        theirs: { start: last.theirs.start, end: region.theirs.end },
      };
    }
  }
  return joined;
}

function isNearby(between: readonly string[]): boolean {
  return between.length <= nearLines || !between.some((line) => /[0-9A-Za-z]/.test(line));
}

function renderPart(part: Region, texts: Texts, labels: MergeLabels): string {
  const ours = joinLines(texts.ours, part.ours.start, part.ours.end);
  const theirs = joinLines(texts.theirs, part.theirs.start, part.theirs.end);
  if (part.from === 'ours') return ours;
  if (part.from === 'theirs') return theirs;
  return markConflict(
    ours,
    theirs,
    labels,
    markerEnding(texts, part.ours.start, part.theirs.start),
  );
}

/** The markers end in CRLF where the lines before them, or else the first line of base, do on both sides. */
function markerEnding(texts: Texts, ours: number, theirs: number): string {
  const before = [endingBefore(texts.ours, ours), endingBefore(texts.theirs, theirs)];
  const known = [...before, endingBefore(texts.base, 0)].filter((ending) => ending !== '');
  return known.length > 0 && known.every((ending) => ending === '\r\n') ? '\r\n' : '\n';
}

function endingBefore(lines: readonly string[], index: number): string {
  const at = Math.max(index - 1, 0);
  return lineEnding(lines[at] ?? '') || lineEnding(lines[at - 1] ?? '');
}

function joinLines(lines: readonly string[], start: number, end: number): string {
  return lines.slice(start, end).join('');
}
