/**
 * The text of `status`: sections, hints, rows and colours as Oxen 0.65 prints them, with the rows of every section in order
 * of their paths. Only rows that are shown are rendered. What is found is `core/ops/status`.
 */
import { compareBytewise } from '../core/model/path.js';
import { showName } from '../core/model/shown-name.js';
import { isClean, type RepositoryStatus, type StagedDirectory } from '../core/model/status.js';
import type { Paint } from './colour.js';
import { padText, textWidth } from './text-width.js';

/** Which rows of each section are shown. */
export interface StatusLimits {
  readonly skip: number; // rows left out at the start
  readonly limit: number; // most rows shown; Infinity for all
}

/** How one section is made from its items. */
interface Section<Item> {
  readonly heading: string; // with its hint
  readonly items: readonly Item[];
  readonly render: (shown: readonly Item[]) => readonly string[];
}

/** Returns the text; it ends with a line end. */
export function renderStatus(status: RepositoryStatus, limits: StatusLimits, paint: Paint): string {
  const lines = [...headLines(status), ...stateLines(status)];
  if (isClean(status)) lines.push('nothing to commit, working tree clean');
  else lines.push(...sectionLines(status, limits, paint));
  return `${lines.join('\n')}\n`;
}

function headLines({ branch, headId, headMessage }: RepositoryStatus): string[] {
  if (headId === undefined) return [];
  if (branch !== undefined) return [`On branch ${branch} -> ${headId}`, ''];
  return ["You are in 'detached HEAD' state.", `HEAD is now at ${headId} ${headMessage ?? ''}`, ''];
}

/** States that the original does not know or does not tell. */
function stateLines(status: RepositoryStatus): string[] {
  const { mergingId, interruptedMerge, conflicts, unfinishedCheckout, part } = status;
  const lines: string[] = [];
  if (part !== undefined) {
    const names = part.subtrees.map((path) => (path === '' ? '.' : showName(path)));
    const depth = part.depth === undefined ? '' : ` (depth ${part.depth})`;
    lines.push(`A part of the files is here: ${names.join(', ') || '.'}${depth}`, '');
  }
  if (unfinishedCheckout) {
    lines.push(
      'A checkout was interrupted.',
      '  (run it again to finish it, or "oxen checkout --abort" to go back)',
      '',
    );
  }
  if (mergingId !== undefined && interruptedMerge) {
    lines.push(
      `A merge of ${mergingId} was interrupted.`,
      '  (run it again to finish it, or "oxen merge --abort" to go back)',
      '',
    );
  } else if (mergingId !== undefined && conflicts.length === 0) {
    lines.push(
      `All conflicts with ${mergingId} are resolved.`,
      '  (use "oxen commit" to conclude the merge)',
      '',
    );
  }
  return lines;
}

function sectionLines(status: RepositoryStatus, limits: StatusLimits, paint: Paint): string[] {
  return [
    ...renderSection(stagedDirectories(status, paint), limits),
    ...renderSection(stagedFiles(status, paint), limits),
    ...renderSection(modifiedFiles(status, paint), limits),
    ...renderSection(unrestorableFiles(status, paint), limits),
    ...renderSection(conflicts(status, paint), limits),
    ...renderSection(untrackedDirectories(status, paint), limits),
    ...renderSection(untrackedFiles(status, paint), limits),
    ...renderSection(removedFiles(status, paint), limits),
  ];
}

function renderSection<Item>(section: Section<Item>, { skip, limit }: StatusLimits): string[] {
  const { heading, items, render } = section;
  if (items.length === 0) return [];
  const lines = [heading, ...render(items.slice(skip, skip + limit))];
  if (items.length > limit) lines.push(`  ... and ${items.length - limit} others`);
  return [...lines, ''];
}

const boldOf = { green: 'boldGreen', yellow: 'boldYellow', red: 'boldRed' } as const;

function row(paint: Paint, style: keyof typeof boldOf, label: string, path: string): string {
  return paint(style, `  ${label}: `) + paint(boldOf[style], showName(path));
}

/** One row of the section of directories; a directory with several kinds of change has several. */
interface DirectoryRow {
  readonly label: 'added' | 'modified' | 'removed';
  readonly path: string;
  readonly count: number; // 0: the directory itself appears or disappears
}

function stagedDirectories(status: RepositoryStatus, paint: Paint): Section<DirectoryRow> {
  return {
    heading: 'Directories to be committed',
    items: status.stagedDirectories.flatMap(directoryRows),
    render: (shown) =>
      shown.map(({ label, path, count }) => {
        const files = count === 0 ? '' : ` with ${count} ${count === 1 ? 'file' : 'files'}`;
        return row(paint, 'green', label, path) + files;
      }),
  };
}

function directoryRows(directory: StagedDirectory): DirectoryRow[] {
  const { path, addedCount, modifiedCount, removedCount, state } = directory;
  if (path === '') return [];
  const rows: DirectoryRow[] = [];
  if (addedCount > 0) rows.push({ label: 'added', path, count: addedCount });
  if (modifiedCount > 0) rows.push({ label: 'modified', path, count: modifiedCount });
  if (removedCount > 0) rows.push({ label: 'removed', path, count: removedCount });
  if (rows.length === 0 && state !== undefined) rows.push({ label: state, path, count: 0 });
  return rows;
}

type StagedItem = RepositoryStatus['stagedFiles' | 'movedFiles'][number];

function stagedFiles(status: RepositoryStatus, paint: Paint): Section<StagedItem> {
  const labels = { added: 'new file', modified: 'modified', removed: 'removed' } as const;
  return {
    heading: 'Files to be committed:\n  (use "oxen restore --staged <file> ..." to unstage)',
    items: [...status.stagedFiles, ...status.movedFiles],
    render: (shown) =>
      shown.map((item) => {
        if ('state' in item) return row(paint, 'green', labels[item.state], item.path);
        const names = `${showName(item.from)} -> ${showName(item.to)}`;
        return paint('green', '  moved: ') + paint('boldGreen', names);
      }),
  };
}

function modifiedFiles(status: RepositoryStatus, paint: Paint): Section<string> {
  return {
    heading: 'Modified files:    (use "oxen add <file>..." to update what will be committed)',
    items: status.modifiedFiles,
    render: (shown) => shown.map((path) => row(paint, 'yellow', 'modified', path)),
  };
}

function unrestorableFiles(status: RepositoryStatus, paint: Paint): Section<string> {
  return {
    heading:
      'Unrestorable files:\n  (use "oxen fetch --missing-files", then "oxen restore <file>...")',
    items: status.unrestorableFiles,
    render: (shown) => shown.map((path) => row(paint, 'red', 'unrestorable', path)),
  };
}

function conflicts(
  status: RepositoryStatus,
  paint: Paint,
): Section<RepositoryStatus['conflicts'][number]> {
  return {
    heading: 'Merge conflicts:    (use "oxen add <file>..." to mark resolution)',
    items: status.conflicts,
    render: (shown) => shown.map(({ kind, path }) => row(paint, 'yellow', kind, path)),
  };
}

function untrackedDirectories(
  status: RepositoryStatus,
  paint: Paint,
): Section<RepositoryStatus['untrackedDirectories'][number]> {
  return {
    heading: 'Untracked Directories\n  (use "oxen add <dir>..." to update what will be committed)',
    items: status.untrackedDirectories,
    render: (shown) => {
      const names = shown.map(({ path }) => showName(path));
      const width = names.reduce((widest, name) => Math.max(widest, textWidth(name)), 0);
      return shown.map(({ itemCount }, index) => {
        const items = `(${itemCount} ${itemCount === 1 ? 'item' : 'items'})`;
        return `${paint('boldRed', `  ${padText(names[index] ?? '', width)} `)}${items}`;
      });
    },
  };
}

function untrackedFiles(status: RepositoryStatus, paint: Paint): Section<string> {
  return {
    heading: 'Untracked Files\n  (use "oxen add <file>..." to update what will be committed)',
    items: status.untrackedFiles,
    render: (shown) => shown.map((path) => paint('boldRed', `  ${showName(path)}`)),
  };
}

function removedFiles(status: RepositoryStatus, paint: Paint): Section<string> {
  return {
    heading: 'Removed Files\n  (use "oxen add/rm <file>..." to update what will be committed)',
    items: [...status.removedDirectories, ...status.removedFiles].sort(compareBytewise),
    render: (shown) => shown.map((path) => row(paint, 'red', 'removed', path)),
  };
}
