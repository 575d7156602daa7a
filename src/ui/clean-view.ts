/** What `clean` prints, in the words of Oxen 0.65. */
import { parentPath, type RepoPath, sortBytewise } from '../core/model/path.js';
import { showName } from '../core/model/shown-name.js';

/** The parts of a result that are shown. */
export interface ShownClean {
  readonly isDryRun: boolean;
  readonly files: readonly RepoPath[];
  readonly directories: readonly RepoPath[]; // that go as a whole
}

/** Returns the result as text; what lies in a directory that goes as a whole is not named again. */
export function renderClean(result: ShownClean): string {
  const { isDryRun, files, directories } = result;
  const rows = summarise(result);
  if (rows.length === 0) return 'Nothing to clean.\n';
  const verb = isDryRun ? 'Would remove' : 'Removing';
  const lines = rows.map((row) => `${verb} ${showName(row)}`);
  if (isDryRun) {
    lines.push(
      '',
      `Dry run: ${files.length} file(s), ${directories.length} dir(s) would be removed. Re-run with -f to apply.`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function summarise({ files, directories }: ShownClean): string[] {
  const whole = new Set(directories);
  const tops = directories.filter((path) => !whole.has(parentPath(path)));
  const loose = files.filter((path) => !whole.has(parentPath(path)));
  return sortBytewise([...tops.map((path) => `${path}/`), ...loose]);
}
