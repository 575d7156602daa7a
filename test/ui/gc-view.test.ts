import { expect, test } from 'vitest';
import { renderGc } from '../../src/ui/gc-view.js';

const count = { scannedCount: 4, removedCount: 1, removedBytes: 2048 };
const report = {
  isDryRun: false,
  nodes: count,
  contents: count,
  chunks: { scannedCount: 0, removedCount: 0, removedBytes: 0 },
  packs: [
    {
      id: 1,
      action: 'rewrite',
      reason: '50.0 % of it is dead',
      sizeBytes: 4096,
      deadBytes: 2048,
    },
  ],
  removedPacks: [{ id: 7, sizeBytes: 1024, reason: 'unknown' }],
  freedBytes: 1024,
  waitingBytes: 4096,
};

test('gc prints the statistics of prune, and what waits', () => {
  expect(renderGc(report, false)).toBe(`Running gc...

Prune Statistics:
  Nodes:
    Scanned: 4
    Kept: 3
    Removed: 1 (2.0 KiB)
  Version Files:
    Scanned: 4
    Kept: 3
    Removed: 1 (2.0 KiB)
  Disk Space Freed: 1.0 KiB

4.0 KiB in rewritten packs wait for their readers; a later gc removes them.
`);
});

test('gc explains every pack, and says that a dry run removed nothing', () => {
  const text = renderGc({ ...report, isDryRun: true, waitingBytes: 0 }, true);
  expect(text).toContain(
    'pack 00000001: rewrite, 4.0 KiB, 2.0 KiB dead: 50.0 % of it is dead\n' +
      'file of pack 00000007: would be removed, 1.0 KiB: a stopped command left it\n',
  );
  expect(text).toContain('Would remove: 1');
  expect(text).toMatch(/This was a dry run\. Nothing was removed\.\n$/);
});
