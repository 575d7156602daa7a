/** Changes one per cent of the files of a folder: a quarter each is edited, deleted, added and renamed. */
import { appendFileSync, copyFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** How many files were changed, by kind. */
export interface ChangeCounts {
  readonly edited: number;
  readonly deleted: number;
  readonly added: number;
  readonly renamed: number;
}

/** Changes evenly spread files among `paths`, relative to `folder`; at least one of each kind when there are four files. */
export function changeFiles(folder: string, paths: readonly string[]): ChangeCounts {
  const perKind = Math.min(
    Math.max(1, Math.round(paths.length / 400)),
    Math.floor(paths.length / 4),
  );
  const counts = { edited: perKind, deleted: perKind, added: perKind, renamed: perKind };
  const step = Math.floor(paths.length / Math.max(1, perKind * 4));
  const chosen = paths.filter((_, index) => index % step === 0).slice(0, perKind * 4);
  chosen.forEach((path, index) => {
    const file = join(folder, path);
    switch (index % 4) {
      case 0:
        appendFileSync(file, `edited ${index}\n`);
        break;
      case 1:
        rmSync(file);
        break;
      case 2:
        copyFileSync(file, `${file}.added`);
        appendFileSync(`${file}.added`, `added ${index}\n`);
        break;
      default:
        renameSync(file, `${file}.renamed`);
    }
  });
  return counts;
}
