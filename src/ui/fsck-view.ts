/** What `fsck` and `verify` print: how much was checked, and what is wrong, class by class as Oxen 0.65 does. */
import { showName } from '../core/model/shown-name.js';
import { formatSize } from './units.js';

/** The parts of a report that are shown. */
export interface ShownFsck {
  readonly branchCount: number;
  readonly commitCount: number;
  readonly contentCount: number;
  readonly checkedBytes: number;
  readonly absentCount: number;
  readonly foreignCommitCount: number;
  readonly problems: readonly {
    readonly kind: string;
    readonly message: string;
    readonly path?: string;
    readonly commitId?: string;
  }[];
  readonly losses: readonly { readonly commitId: string; readonly paths: readonly string[] }[];
  readonly sample?: {
    readonly totalBytes: number;
    readonly uncheckedBytes: number;
    readonly oldestMs: number;
  };
}

type Sample = NonNullable<ShownFsck['sample']>;

function describeProblem({ kind, message, path, commitId }: ShownFsck['problems'][number]): string {
  const where = path === undefined ? '' : ` needed by ${showName(path)}`;
  const commit = commitId === undefined ? '' : ` in commit ${commitId}`;
  const what = where + commit === '' ? message : message.replace(/\.$/, ',');
  return `  ${kind}: ${what}${where}${commit}`;
}

/** Returns the report as text. */
export function renderFsck(report: ShownFsck): string {
  const { branchCount, commitCount, contentCount, checkedBytes, problems } = report;
  const lines = [
    `Checked ${branchCount} branches, ${commitCount} commits, ${contentCount} version files (${formatSize(checkedBytes)})`,
  ];
  if (report.absentCount > 0) {
    lines.push(`${report.absentCount} version files were not fetched: oxen fetch --all`);
  }
  if (report.foreignCommitCount > 0) {
    lines.push(
      `${report.foreignCommitCount} commits were made by other programs: their ids cover metadata only.`,
    );
  }
  if (report.sample !== undefined) lines.push(describeSample(report.sample));
  lines.push('');
  lines.push(
    problems.length === 0 ? 'No problems found.' : `Found ${problems.length} problem(s):`,
    ...problems.map(describeProblem),
  );
  for (const { commitId, paths } of report.losses) {
    lines.push(`Lost in commit ${commitId}:`, ...paths.map((path) => `  ${showName(path)}`));
  }
  return `${lines.join('\n')}\n`;
}

function describeSample({ totalBytes, uncheckedBytes, oldestMs }: Sample): string {
  const total = `A sample of ${formatSize(totalBytes)}`;
  if (oldestMs === 0) return `${total}; no part was checked before`;
  const since = new Date(oldestMs).toISOString().slice(0, 10);
  const rest = uncheckedBytes === 0 ? '' : `, but for ${formatSize(uncheckedBytes)} never read`;
  return `${total}; all of it was checked since ${since}${rest}`;
}
