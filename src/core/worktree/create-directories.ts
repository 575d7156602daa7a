/** Makes directories of the working tree that a checkout wants although nothing is written into them. */
import type { PathProblem } from '../model/jobs.js';
import { DirectoryGuard, describeDirectoryState } from './directory-guard.js';

/** Makes the directories (repository paths) with those above them; links and files in their place are reported, never followed. */
export function createDirectories(root: string, directories: Iterable<string>): PathProblem[] {
  const guard = new DirectoryGuard(root);
  const problems: PathProblem[] = [];
  for (const name of directories) {
    const trouble = describeDirectoryState(guard.ensure(name));
    if (trouble !== undefined) problems.push({ name, ...trouble });
  }
  return problems;
}
