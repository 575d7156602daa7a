/** The verb `load`. */
import { Args, Flags } from '../ui/declarations.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';

export default class Load extends RepositoryVerb {
  static override summary = 'Make a repository out of an archive';
  static override description =
    'Takes what oxen save wrote. Everything in it is checked against its hash before it is used. The directory must be empty or absent; a ' +
    'load that was interrupted goes on when it is run again.';
  static override examples = [
    'oxen load backup.tar farm',
    'oxen load farm.tar.gz farm --no-working-dir',
  ];
  static override group = 'start' as const;
  static override enableJsonFlag = true;
  static override completions = { directory: 'directory' } as const;
  static override args = {
    archive: Args.string({ required: true, description: 'The archive; - for the standard input.' }),
    directory: Args.string({ required: true, description: 'Where the repository is made.' }),
  };
  static override flags = {
    ...jobsFlag,
    'no-working-dir': Flags.boolean({ description: 'Write no files of the newest commit.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Load);
    const { Repository } = await import('../index.js');
    const source = args.archive === '-' ? process.stdin : args.archive;
    this.print(`🐂 Loading oxen repo into "${args.directory}"`);
    const { repository, result } = await Repository.load(source, args.directory, {
      ...this.repositoryOptions({ jobs: flags.jobs }),
      withoutFiles: flags['no-working-dir'],
    });
    await repository.close();
    this.report(
      result,
      () => `✅ Loaded "${args.archive}" to an oxen repo at "${args.directory}"\n`,
    );
  }
}
