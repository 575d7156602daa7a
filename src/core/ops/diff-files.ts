/** Compares two files, wherever they are: on the disk, inside a repository or not, or as a commit has them. */
import { NotFoundError } from '../model/errors.js';
import type { TableDiffOptions } from '../tabular/row-diff.js';
import {
  compareVersions,
  type FileChange,
  type FileVersion,
  type VersionSide,
  versionOf,
} from './file-comparison.js';

/** One of two files to compare. */
export interface ComparedFile {
  readonly shown: string; // as the user typed it
  readonly side: VersionSide | undefined; // undefined: no readable file is there
}

/** How two files differ. */
export interface FilesDiff {
  readonly leftPath: string; // as typed
  readonly path: string; // of the right one, as typed
  readonly state: 'modified';
  readonly left: FileVersion | undefined;
  readonly right: FileVersion | undefined;
  readonly change: FileChange;
}

/**
 * Returns how two files differ, undefined when they hold the same.
 * @throws NotFoundError when one cannot be read; InvalidInputError when a table lacks a column that `tables` names
 */
export async function diffFiles(
  left: ComparedFile,
  right: ComparedFile,
  tables: TableDiffOptions,
): Promise<FilesDiff | undefined> {
  for (const { shown, side } of [left, right]) {
    if (side === undefined) {
      throw new NotFoundError(`"${shown}" is no file that can be read.`, { path: shown });
    }
  }
  const change = await compareVersions(right.shown, left.side, right.side, tables);
  if (change === undefined) return undefined;
  const paths = { leftPath: left.shown, path: right.shown };
  const versions = { left: versionOf(left.side), right: versionOf(right.side) };
  return { ...paths, state: 'modified', ...versions, change };
}
