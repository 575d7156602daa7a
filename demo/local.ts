/** The part of the demo that needs no network: two versions of a folder, and the way back and forth between them. */
import { join } from 'node:path';
import { formatBytes, shapeOf } from '../bench/data/shape.js';
import { allocatedBytes } from '../bench/runner/disk.js';
import { changeFiles } from './change.js';
import { compare } from './compare.js';
import { type Fingerprint, fingerprintOf } from './fingerprint.js';
import { oxen, type Workplace } from './oxen.js';
import { excerpt, grouped, heading, note } from './screen.js';

/**
 * Runs all local steps and returns the fingerprint of the second version, which is checked out at the end.
 * @throws Error when a command fails, its output is not what it must be, or any byte differs
 */
export async function localSteps(workplace: Workplace): Promise<Fingerprint> {
  const { repository } = workplace;
  const shape = shapeOf(repository);
  const first = fingerprintOf(repository);

  heading('The first version');
  await oxen(workplace, ['init']);
  await oxen(workplace, ['config', '--name', 'Bessie', '--email', 'bessie@example.com']);
  await oxen(workplace, ['add', '.'], { amount: shape });
  await oxen(workplace, ['commit', '-m', 'the first version'], {
    amount: { fileCount: shape.fileCount },
  });
  await expectClean(workplace, shape.fileCount);
  noteSizes(repository);

  heading('One per cent of the files changes');
  const counts = changeFiles(repository, [...first.keys()].sort());
  note(
    Object.entries(counts)
      .map(([kind, count]) => `${grouped(count)} ${kind}`)
      .join(', '),
  );
  const second = fingerprintOf(repository);
  excerpt(await oxen(workplace, ['status'], { amount: { fileCount: second.size } }), 8);
  await oxen(workplace, ['add', '.'], { amount: { fileCount: second.size } });
  await oxen(workplace, ['commit', '-m', 'one per cent changed']);
  await expectClean(workplace, second.size);
  noteSizes(repository);

  heading('History and tree');
  const log = await oxen(workplace, ['log']);
  excerpt(log, 6);
  const [, firstId = ''] = [...log.matchAll(/^commit ([0-9a-f]+)/gm)].map(([, id]) => id);
  if (firstId === '') throw new Error('the log does not show two commits');
  excerpt(await oxen(workplace, ['tree', '-p', someDirectory(second), '-d', '2']), 8);

  heading('Back to the first version, and forth again');
  await oxen(workplace, ['checkout', firstId]);
  compare('the first version', repository, first);
  await oxen(workplace, ['checkout', 'main']);
  compare('the second version', repository, second);
  await oxen(workplace, ['fsck'], { amount: { fileCount: second.size } });
  return second;
}

async function expectClean(workplace: Workplace, fileCount: number): Promise<void> {
  const status = await oxen(workplace, ['status'], { amount: { fileCount } });
  if (!status.includes('working tree clean')) {
    throw new Error(`the working tree is not clean after the commit\n${status}`);
  }
}

function noteSizes(repository: string): void {
  const { sizeBytes } = shapeOf(repository, ['.oxen']);
  const stored = formatBytes(allocatedBytes([join(repository, '.oxen')]));
  note(`${formatBytes(sizeBytes)} of files, ${stored} in .oxen on the disk`);
}

/** Returns the directory of the file in the middle. */
function someDirectory(files: Fingerprint): string {
  const paths = [...files.keys()].filter((path) => path.includes('/')).sort();
  const path = paths[paths.length >> 1] ?? '';
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
