/** What `diff` prints: headers and hunks of texts, a line for anything else, a table of counts, or names with a letter. */
import { showName } from '../core/model/shown-name.js';
import type { Paint } from './colour.js';
import { alignColumns } from './table.js';
import { formatSize } from './units.js';

/** A line of a hunk. */
interface ShownLine {
  readonly kind: 'context' | 'removed' | 'added';
  readonly text: string;
  readonly ending: string;
}

/** The parts of a difference that are shown. */
export interface ShownDiff {
  readonly path: string;
  readonly state: 'added' | 'removed' | 'modified';
  readonly left: { readonly sizeBytes: number; readonly mimeType: string } | undefined;
  readonly right: { readonly sizeBytes: number; readonly mimeType: string } | undefined;
  readonly change:
    | {
        readonly kind: 'text';
        readonly hunks: readonly {
          readonly leftStart: number;
          readonly leftCount: number;
          readonly rightStart: number;
          readonly rightCount: number;
          readonly lines: readonly ShownLine[];
        }[];
        readonly addedCount: number;
        readonly removedCount: number;
      }
    | {
        readonly kind: 'image';
        readonly left:
          | { readonly width: number | undefined; readonly height: number | undefined }
          | undefined;
        readonly right:
          | { readonly width: number | undefined; readonly height: number | undefined }
          | undefined;
      }
    | { readonly kind: 'binary' | 'too large' };
}

const letters = { added: 'A', removed: 'D', modified: 'M' } as const;

/** Returns the name of a changed file with the letter of its state. */
export function renderNameStatus({ path, state }: ShownDiff): string {
  return `${letters[state]}\t${showName(path)}\n`;
}

/** Returns the counts of changed lines, or sizes, a line a file. */
export function renderDiffStat(diffs: readonly ShownDiff[]): string {
  const rows = diffs.map(({ path, left, right, change }) => {
    if (change.kind === 'text')
      return [showName(path), `+${change.addedCount}`, `-${change.removedCount}`];
    return [
      showName(path),
      formatSize(left?.sizeBytes ?? 0),
      `-> ${formatSize(right?.sizeBytes ?? 0)}`,
    ];
  });
  return `${alignColumns(rows, ['left', 'right', 'right'])}${diffs.length} files changed\n`;
}

/** Returns the difference of one file. */
export function renderDiff(diff: ShownDiff, paint: Paint): string {
  const { path, state, change } = diff;
  const from = state === 'added' ? '' : showName(path);
  const to = state === 'removed' ? '' : showName(path);
  const head = `--- from file: ${from}\n+++ to file: ${to}\n`;
  switch (change.kind) {
    case 'text':
      return head + change.hunks.map((hunk) => renderHunk(hunk, paint)).join('');
    case 'image':
      return `${head}images differ: ${dimensions(change.left, diff.left)} -> ${dimensions(change.right, diff.right)}\n`;
    case 'binary':
      return `${head}binary files differ: ${sizeOf(diff.left)} -> ${sizeOf(diff.right)}\n`;
    case 'too large':
      return `${head}files differ and are too large to compare by line\n`;
    default:
      return change satisfies never;
  }
}

type Hunk = Extract<ShownDiff['change'], { kind: 'text' }>['hunks'][number];

function renderHunk(hunk: Hunk, paint: Paint): string {
  const { leftStart, leftCount, rightStart, rightCount, lines } = hunk;
  const title = paint('boldCyan', `@@ -${leftStart},${leftCount} +${rightStart},${rightCount} @@`);
  return `${title}\n${lines.map((line) => renderLine(line, paint)).join('')}`;
}

function renderLine({ kind, text, ending }: ShownLine, paint: Paint): string {
  const missing = ending === '' ? '\n\\ No newline at end of file' : '';
  if (kind === 'added') return `${paint('green', `+${text}`)}${missing}\n`;
  if (kind === 'removed') return `${paint('red', `-${text}`)}${missing}\n`;
  return ` ${text}${missing}\n`;
}

function dimensions(
  image: { readonly width: number | undefined; readonly height: number | undefined } | undefined,
  version: { readonly sizeBytes: number; readonly mimeType: string } | undefined,
): string {
  if (image === undefined || version === undefined) return 'none';
  const size = image.width === undefined ? '' : `${image.width}x${image.height} `;
  return `${size}${version.mimeType} ${formatSize(version.sizeBytes)}`;
}

function sizeOf(version: { readonly sizeBytes: number } | undefined): string {
  return version === undefined ? 'none' : formatSize(version.sizeBytes);
}
