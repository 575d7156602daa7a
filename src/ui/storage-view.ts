/** What `info --storage` prints: one line for each number. */
import { formatSize } from './units.js';

/** The numbers that are shown. */
export interface ShownStorage {
  readonly headFileCount: number;
  readonly headBytes: number;
  readonly commitCount: number;
  readonly contentCount: number;
  readonly contentBytes: number;
  readonly deduplicatedBytes: number;
  readonly compressedBytes: number;
  readonly storedBytes: number;
  readonly deadBytes: number;
  readonly retiredBytes: number;
  readonly packCount: number;
  readonly packBytes: number;
  readonly databaseBytes: number;
}

/** Returns the numbers as text. */
export function renderStorage(storage: ShownStorage): string {
  const rows: [string, string][] = [
    ['Files in HEAD', `${storage.headFileCount} (${formatSize(storage.headBytes)})`],
    ['Commits', `${storage.commitCount}`],
    ['Version files', `${storage.contentCount} (${formatSize(storage.contentBytes)})`],
    ['Deduplicated', formatSize(storage.deduplicatedBytes)],
    ['Compressed away', formatSize(storage.compressedBytes)],
    ['Stored', formatSize(storage.storedBytes)],
    ['Dead', formatSize(storage.deadBytes)],
    ['Waiting for gc', formatSize(storage.retiredBytes)],
    ['Packs', `${storage.packCount} (${formatSize(storage.packBytes)})`],
    ['Database', formatSize(storage.databaseBytes)],
  ];
  return rows.map(([name, value]) => `${`${name}:`.padEnd(17)}${value}\n`).join('');
}
