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
  lines.push('');
  if (problems.length === 0) lines.push('No problems found.');
  else {
    lines.push(`Found ${problems.length} problem(s):`);
    for (const { kind, message, path, commitId } of problems) {
      const where = path === undefined ? '' : ` needed by ${showName(path)}`;
      const commit = commitId === undefined ? '' : ` in commit ${commitId}`;
      lines.push(`  ${kind}: ${message}${where}${commit}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
