/** The verb `rm`. */
import { Args, Flags } from '../ui/declarations.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';
import { formatDuration, formatSize } from '../ui/units.js';

export default class Rm extends RepositoryVerb {
  static override summary = 'Remove tracked files and stage that';
  static override description =
    'Removes tracked files from the working tree and stages the removal. Untracked files are never removed; a directory goes only when ' +
    'nothing is left in it. Files with local changes are kept unless -f is given.';
  static override examples = ['oxen rm old.csv', 'oxen rm -r images', 'oxen rm --staged data.csv'];
  static override group = 'change' as const;
  static override completions = { paths: 'path' } as const;
  static override enableJsonFlag = true;
  static override args = {
    paths: Args.string({
      multiple: true,
      required: true,
      description: 'Tracked files, directories, patterns.',
    }),
  };
  static override flags = {
    ...jobsFlag,
    recursive: Flags.boolean({
      char: 'r',
      description: 'Directories with everything tracked in them.',
    }),
    force: Flags.boolean({ char: 'f', description: 'Also files with local changes.' }),
    staged: Flags.boolean({ description: 'Stage the removal only, keep the files.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Rm);
    const started = performance.now();
    await using repository = await this.openRepository({ jobs: flags.jobs });
    const { recursive, force, staged } = flags;
    const result = await repository.remove(args.paths, { recursive, force, keepFiles: staged });
    const size = formatSize(result.sizeBytes);
    const duration = formatDuration(performance.now() - started);
    this.report(
      result,
      () => `🐂 oxen removed ${result.removedCount} files (${size}) in ${duration}\n`,
    );
  }
}
