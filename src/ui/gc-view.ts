/** What `gc` prints: the statistics as Oxen 0.65 prints them for `prune`, and on request every pack with the reason. */
import { formatSize } from './units.js';

interface ShownCount {
  readonly scannedCount: number;
  readonly removedCount: number;
  readonly removedBytes: number;
}

/** The parts of a report that are shown. */
export interface ShownGc {
  readonly isDryRun: boolean;
  readonly nodes: ShownCount;
  readonly contents: ShownCount;
  readonly chunks: ShownCount;
  readonly packs: readonly {
    readonly id: number;
    readonly action: string;
    readonly reason: string;
    readonly sizeBytes: number;
    readonly deadBytes: number;
  }[];
  readonly removedPacks: readonly {
    readonly id: number;
    readonly sizeBytes: number;
    readonly reason: string;
  }[];
  readonly freedBytes: number;
  readonly waitingBytes: number;
}

const fileReasons: Readonly<Record<string, string>> = {
  retired: 'it was rewritten',
  unknown: 'a stopped command left it',
};

/** Returns the report as text. */
export function renderGc(report: ShownGc, explain: boolean): string {
  const { isDryRun, nodes, contents, chunks, freedBytes, waitingBytes } = report;
  const lines = [isDryRun ? 'Running gc (dry run)...' : 'Running gc...', ''];
  if (explain) lines.push(...explanations(report), '');
  lines.push('Prune Statistics:');
  lines.push(...counts('Nodes', nodes, isDryRun));
  lines.push(...counts('Version Files', contents, isDryRun));
  if (chunks.scannedCount > 0) lines.push(...counts('Chunks', chunks, isDryRun));
  lines.push(`  Disk Space ${isDryRun ? 'To Free' : 'Freed'}: ${formatSize(freedBytes)}`);
  if (waitingBytes > 0) {
    lines.push(
      '',
      `${formatSize(waitingBytes)} in rewritten packs wait for their readers; a later gc removes them.`,
    );
  }
  if (isDryRun) lines.push('', 'This was a dry run. Nothing was removed.');
  return `${lines.join('\n')}\n`;
}

function counts(heading: string, count: ShownCount, isDryRun: boolean): string[] {
  const { scannedCount, removedCount, removedBytes } = count;
  return [
    `  ${heading}:`,
    `    Scanned: ${scannedCount}`,
    `    Kept: ${scannedCount - removedCount}`,
    `    ${isDryRun ? 'Would remove' : 'Removed'}: ${removedCount} (${formatSize(removedBytes)})`,
  ];
}

function explanations({ packs, removedPacks, isDryRun }: ShownGc): string[] {
  const lines = packs.map(
    ({ id, action, reason, sizeBytes, deadBytes }) =>
      `pack ${packName(id)}: ${action}, ${formatSize(sizeBytes)}, ${formatSize(deadBytes)} dead: ${reason}`,
  );
  const verb = isDryRun ? 'would be removed' : 'removed';
  for (const { id, sizeBytes, reason } of removedPacks) {
    const why = fileReasons[reason] ?? reason;
    lines.push(`file of pack ${packName(id)}: ${verb}, ${formatSize(sizeBytes)}: ${why}`);
  }
  return lines;
}

function packName(id: number): string {
  return id.toString(16).padStart(8, '0');
}
