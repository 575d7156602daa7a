/** What gc would do: which packs it rewrites, which it leaves and why. A plan is a value; `--dry-run` stops here. */
import type { PackUse, StorageCensus } from './storage-census.js';

/** What happens to a pack, and the reason in a few words. */
export interface PackDecision {
  readonly id: number;
  readonly action: 'keep' | 'rewrite' | 'drop' | 'wait'; // drop: nothing in it is needed; wait: it is retired already
  readonly reason: string;
  readonly sizeBytes: number; // of the file
  readonly liveBytes: number; // records that something needs
  readonly deadBytes: number; // the rest of the file
}

/** Packs lose less than this to gaps between commands; below it they are only rewritten when a record in them is dead. */
const gapAllowanceBytes = 64 * 1024;

/**
 * Decides about every pack.
 * @param largestDeadShare of a pack that is left as it is, 0 to 1
 * @param compress whether packs with contents that are not compressed are rewritten as well
 */
export function planPacks(
  census: StorageCensus,
  largestDeadShare: number,
  compress: boolean,
): PackDecision[] {
  return [...census.packs.values()].map((use) => {
    const decision = decide(use, largestDeadShare);
    const rawShare = use.fileBytes === 0 ? 0 : use.rawBytes / use.fileBytes;
    if (!compress || decision.action !== 'keep' || rawShare <= largestRawShare) return decision;
    if (use.fileBytes < use.row.length) return decision;
    const reason = `${(rawShare * 100).toFixed(1)} % of it is not compressed`;
    return { ...decision, action: 'rewrite', reason };
  });
}

/** When packs are compressed, one of which no more than this is raw is left as it is. */
const largestRawShare = 0.1;

function decide(use: PackUse, largestDeadShare: number): PackDecision {
  const { row, fileBytes, liveBytes } = use;
  const deadBytes = Math.max(0, fileBytes - liveBytes);
  const facts = { id: row.id, sizeBytes: fileBytes, liveBytes, deadBytes };
  if (row.state === 'retired') {
    return { ...facts, action: 'wait', reason: 'it was rewritten; readers may still use it' };
  }
  if (fileBytes < row.length) {
    return { ...facts, action: 'keep', reason: 'its file is cut off or missing: oxen fsck' };
  }
  if (use.liveCount === 0 && deadBytes > 0) {
    return { ...facts, action: 'drop', reason: 'nothing needs what is in it' };
  }
  const share = fileBytes === 0 ? 0 : deadBytes / fileBytes;
  const percent = `${(share * 100).toFixed(1)} % of it is dead`;
  const hasGarbage = use.deadCount > 0 || deadBytes > gapAllowanceBytes;
  if (!hasGarbage || share <= largestDeadShare)
    return { ...facts, action: 'keep', reason: percent };
  return { ...facts, action: 'rewrite', reason: percent };
}
