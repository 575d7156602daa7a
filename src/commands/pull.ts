/** The verb `pull`. */
import { Args, Flags } from '../ui/declarations.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';
import { formatDuration, formatSize } from '../ui/units.js';

export default class Pull extends RepositoryVerb {
  static override summary = 'Fetch a branch and take it over';
  static override description =
    'Fetches a branch of a remote and brings the checked-out branch and the working tree there. When both have commits that the other ' +
    'lacks, what was fetched is kept, the branch is not moved, and the exit code is 4: merge it.';
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
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Pull);
    const start = performance.now();
    await using repository = await this.openRepository({ jobs: flags.jobs });
    const source = repository.pushTarget(args.remote, args.branch);
    this.print(`🐂 oxen pull ${source.remote} ${source.branch}`);
    const result = await repository.pull(source, { allContents: flags.all });
    const size = `${formatSize(result.sizeBytes)} (${result.fileCount} files)`;
    const took = formatDuration(performance.now() - start);
    this.report(result, () => {
      const first = `🐂 oxen downloaded ${size} in ${took}\n`;
      if (result.isUpToDate) return `${first}Repository is up to date.\n`;
      const from = result.before === undefined ? '' : `${result.before} -> `;
      return `${first}Updated branch '${result.branch}': ${from}${result.commitId}\n`;
    });
  }
}
