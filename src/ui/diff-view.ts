/** What `diff` prints: headers and hunks of texts, changed rows of tables, a line for anything else, a table of counts, or names with a letter. */
import { showName } from '../core/model/shown-name.js';
import type { Paint } from './colour.js';
import { alignColumns, renderTable } from './table.js';
import { formatSize } from './units.js';

/** A line of a hunk. */
interface ShownLine {
  readonly kind: 'context' | 'removed' | 'added';
  readonly text: string;
  readonly ending: string;
}

/** The parts of a table's difference that are shown. */
interface ShownTableDiff {
  readonly kind: 'table';
  readonly columnChanges: readonly {
    readonly kind: 'added' | 'removed' | 'retyped';
    readonly name: string;
    readonly leftDtype: string | undefined;
    readonly rightDtype: string | undefined;
  }[];
  readonly modifiedCount: number;
  readonly addedCount: number;
  readonly removedCount: number;
  readonly columns: readonly { readonly name: string }[];
  readonly rows: readonly {
    readonly kind: 'added' | 'removed' | 'modified';
    readonly values: readonly (string | null)[];
  }[];
  readonly isTruncated: boolean;
}

/** The parts of a difference that are shown. */
export interface ShownDiff {
  readonly path: string;
  readonly leftPath?: string; // when the left version has another one
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
    | ShownTableDiff
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
    if (change.kind === 'table') {
      const { addedCount, removedCount, modifiedCount } = change;
      return [showName(path), `+${addedCount}`, `-${removedCount}`, `~${modifiedCount} rows`];
    }
    return [
      showName(path),
      formatSize(left?.sizeBytes ?? 0),
      `-> ${formatSize(right?.sizeBytes ?? 0)}`,
    ];
  });
  return `${alignColumns(rows, ['left', 'right', 'right'])}${diffs.length} ${diffs.length === 1 ? 'file' : 'files'} changed\n`;
}

/** Returns the difference of one file. */
export function renderDiff(diff: ShownDiff, paint: Paint): string {
  const { path, leftPath = path, state, change } = diff;
  const from = state === 'added' ? '' : showName(leftPath);
  const to = state === 'removed' ? '' : showName(path);
  const head = `--- from file: ${from}\n+++ to file: ${to}\n`;
  switch (change.kind) {
    case 'text':
      return head + change.hunks.map((hunk) => renderHunk(hunk, paint)).join('');
    case 'table':
      return head + renderTableDiff(change, paint);
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

const signs = { added: '+', removed: '-', modified: 'Δ', retyped: 'Δ' } as const;
const colours = { added: 'green', removed: 'red', modified: 'yellow', retyped: 'yellow' } as const;

function renderTableDiff(change: ShownTableDiff, paint: Paint): string {
  const { columnChanges, modifiedCount, addedCount, removedCount, columns, rows } = change;
  const sign = (kind: keyof typeof signs) => paint(colours[kind], signs[kind]);
  const columnLines = columnChanges.map(({ kind, name, leftDtype, rightDtype }) => {
    const types = [leftDtype, rightDtype].filter((dtype) => dtype !== undefined);
    return `  ${sign(kind)} ${showName(name)} (${types.join(' -> ')})\n`;
  });
  const counts = [
    ['modified', modifiedCount] as const,
    ['added', addedCount] as const,
    ['removed', removedCount] as const,
  ];
  const rowLines = counts
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `  ${sign(kind)} ${count} (${kind})\n`);
  if (columnLines.length + rowLines.length === 0)
    return 'the tables have the same rows, written differently\n';
  const table = renderTable(
    [{ header: '' }, ...columns.map(({ name }) => ({ header: showName(name) }))],
    rows.map(({ kind, values }) => [sign(kind), ...values.map((value) => showName(value ?? ''))]),
  );
  const rest = modifiedCount + addedCount + removedCount - rows.length;
  return [
    ...(columnLines.length > 0 ? ['Column changes:\n', ...columnLines] : []),
    ...(rowLines.length > 0 ? ['Row changes:\n', ...rowLines, '\n', table] : []),
    ...(rest > 0 ? [`... and ${rest} more rows\n`] : []),
  ].join('');
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
