/** What a checkout writes into the tables of rows when the working tree is as planned. */
import type { NamedRun } from '../format/splice-runs.js';
import { hashBytesLength, hashFromBytes } from '../model/hash.js';
import { splitNames } from '../model/name-list.js';
import type { OpenRepository } from '../repository.js';
import type { RunTable } from '../store/run-table.js';
import type { CheckoutPlan, NamesOfDirectory, UntouchedDirectory } from './checkout-plan.js';
import { openRows, type WrittenDirectory } from './materialise-run.js';
import { type UnseenFile, unseenRows } from './tracked-rows.js';

/** Makes the file index follow what a checkout did to the working tree; inside a transaction. */
export function recordPlan(
  { fileIndex }: OpenRepository,
  plan: CheckoutPlan,
  written: readonly WrittenDirectory[],
): void {
  removeRows(fileIndex, plan.removals);
  removeRows(fileIndex, plan.replaced);
  for (const files of written) fileIndex.apply(files.directory, { upserts: openRows(files) });
  for (const untouched of plan.untouched) {
    fileIndex.apply(untouched.directory, { upserts: [unseenRows(filesOf(untouched))] });
  }
  for (const path of plan.goneDirectories) fileIndex.removeEmptyDirectory(path);
  for (const path of plan.emptyDirectories) fileIndex.addEmptyDirectory(path);
  for (const path of plan.emptiedDirectories) fileIndex.addEmptyDirectory(path);
}

/** Removes rows of the file index or the staging area; inside a transaction. */
export function removeRows<Run extends NamedRun>(
  table: Pick<RunTable<Run>, 'apply'>,
  groups: readonly NamesOfDirectory[],
): void {
  for (const { directory, names } of groups) {
    table.apply(directory, { upserts: [], removals: splitNames(names) });
  }
}

function filesOf({ names, hashes, sizes }: UntouchedDirectory): UnseenFile[] {
  return splitNames(names).map((name, row) => {
    return { name, hash: hashFromBytes(hashes, row * hashBytesLength), sizeBytes: sizes[row] ?? 0 };
  });
}
