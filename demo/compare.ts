/** Compares a folder with a fingerprint and shows the outcome as a step. */
import { performance } from 'node:perf_hooks';
import { differences, type Fingerprint, fingerprintOf } from './fingerprint.js';
import { done, grouped } from './screen.js';

const shownCount = 10;

/**
 * Checks that `folder` holds exactly the files and bytes of `expected`.
 * @throws Error when anything differs; the message names the first paths
 */
export function compare(what: string, folder: string, expected: Fingerprint): void {
  const start = performance.now();
  const lines = differences(expected, fingerprintOf(folder));
  if (lines.length > 0) {
    const shown = lines.slice(0, shownCount).join('\n');
    throw new Error(`${what}: ${grouped(lines.length)} files differ\n${shown}`);
  }
  const seconds = (performance.now() - start) / 1000;
  done(`${what}: ${grouped(expected.size)} files equal (SHA-256)`, seconds);
}
