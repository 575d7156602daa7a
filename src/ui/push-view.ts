/** What a push that repairs a remote prints. */
import { showName } from '../core/model/shown-name.js';
import type { PushMissingResult } from '../index.js';
import { formatSize } from './units.js';

const shownFiles = 20;

/** Returns the lines about what was checked, sent, and could not be sent. */
export function renderPushMissing(result: PushMissingResult, took: string): string {
  const { check, sentCount, sizeBytes, unavailable } = result;
  const lines: string[] = [];
  if (check !== undefined) {
    lines.push(`Scanned:   ${check.scannedCount}`);
    lines.push(`Corrupted: ${check.corruptedCount}`);
    lines.push(`Cleaned:   ${check.cleanedCount}`);
  }
  lines.push(`Sent ${sentCount} missing files (${formatSize(sizeBytes)})`);
  for (const { path, hash } of unavailable.slice(0, shownFiles)) {
    lines.push(`Missing there and here: ${showName(path)} ${hash}`);
  }
  const more = unavailable.length - shownFiles;
  if (more > 0) lines.push(`  ... and ${more} others`);
  lines.push(`🐂 push complete 🎉 took ${took}`);
  return `${lines.join('\n')}\n`;
}
