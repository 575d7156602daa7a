/** The verb `fetch`. */
import { Args, Flags } from '../ui/declarations.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';
import { formatDuration, formatSize } from '../ui/units.js';

export default class Fetch extends RepositoryVerb {
  static override summary = 'Bring commits of a remote here';
  static override description =
    'Brings the branches of a remote here, as REMOTE/BRANCH, with the files of their newest commits. Local branches and the working tree ' +
    'stay as they are.';
  static override examples = ['oxen fetch', 'oxen fetch --branch feature', 'oxen fetch --all'];
  static override group = 'sync' as const;
  static override enableJsonFlag = true;
  static override completions = { remote: 'remote' } as const;
  static override args = {
    remote: Args.string({ description: 'A remote; origin when absent.' }),
  };
  static override flags = {
    ...jobsFlag,
    branch: Flags.string({ char: 'b', description: 'Only this branch.' }),
    all: Flags.boolean({ char: 'a', description: 'The files of all commits.' }),
    'missing-files': Flags.boolean({
      description: 'Only files of the checked-out commit that are not stored here.',
      exclusive: ['all', 'branch'],
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Fetch);
    const start = performance.now();
    await using repository = await this.openRepository({ jobs: flags.jobs });
    const result = flags['missing-files']
      ? await repository.fetchMissingFiles(args.remote)
      : await repository.fetch(args.remote, {
          ...(flags.branch === undefined ? {} : { branch: flags.branch }),
          allContents: flags.all,
        });
    const lines = result.branches.map(
      ({ name }) => `Fetch remote branch: ${result.remote}/${name}`,
    );
    const size = `${formatSize(result.sizeBytes)} (${result.fileCount} files)`;
    const took = formatDuration(performance.now() - start);
    lines.push(`🐂 oxen downloaded ${size} in ${took}`);
    this.report(result, () => `${lines.join('\n')}\n`);
  }
}
