/** The verb `pull`. */
import { exitCodes } from '../core/model/errors.js';
import { renderConflicts } from '../ui/conflict-view.js';
import { Args, Flags } from '../ui/declarations.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';
import { formatDuration, formatSize } from '../ui/units.js';

export default class Pull extends RepositoryVerb {
  static override summary = 'Fetch a branch and take it over';
  static override description =
    'Fetches a branch of a remote and brings the checked-out branch and the working tree there. When both have commits that the other ' +
    'lacks they are merged; conflicts are left to you and end in exit code 4. With --ff-only nothing is merged.';
  static override examples = ['oxen pull', 'oxen pull origin main', 'oxen pull --all'];
  static override group = 'sync' as const;
  static override enableJsonFlag = true;
  static override completions = { remote: 'remote', branch: 'branch' } as const;
  static override args = {
    remote: Args.string({ description: 'A remote; origin when absent.' }),
    branch: Args.string({ description: 'Its branch; that of the checked-out name when absent.' }),
  };
  static override flags = {
    ...jobsFlag,
    all: Flags.boolean({ char: 'a', description: 'The files of all commits.' }),
    'missing-files': Flags.boolean({
      description: 'Also files of the checked-out commit that are not stored here.',
    }),
    'ff-only': Flags.boolean({ description: 'Refuse to merge.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Pull);
    const start = performance.now();
    await using repository = await this.openRepository({ jobs: flags.jobs });
    const source = repository.pushTarget(args.remote, args.branch);
    this.print(`🐂 oxen pull ${source.remote} ${source.branch}`);
    const { findIdentity } = await import('../index.js');
    const identity = flags['ff-only'] ? undefined : findIdentity(this.configPlace);
    const result = await repository.pull(source, {
      allContents: flags.all,
      ...(identity === undefined ? {} : { identity }),
    });
    if (flags['missing-files']) await repository.fetchMissingFiles(source.remote);
    if (result.merge?.kind === 'conflicts') this.exitCode = exitCodes.conflict;
    const size = `${formatSize(result.sizeBytes)} (${result.fileCount} files)`;
    const took = formatDuration(performance.now() - start);
    this.report(result, () => {
      const first = `🐂 oxen downloaded ${size} in ${took}\n`;
      if (result.isUpToDate) return `${first}Repository is up to date.\n`;
      if (result.merge?.kind === 'conflicts')
        return first + renderConflicts(result.merge.conflicts);
      const from = result.before === undefined ? '' : `${result.before} -> `;
      return `${first}Updated branch '${result.branch}': ${from}${result.commitId}\n`;
    });
  }
}
