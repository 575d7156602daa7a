/** The verb `restore`. */
import { Args, Flags } from '../ui/declarations.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';

export default class Restore extends RepositoryVerb {
  static override summary = 'Bring files back, or unstage them';
  static override description =
    'Writes files as they are in HEAD or in another revision; only those that are missing or changed are touched, untracked ones never. ' +
    'With --staged it takes staged changes back and leaves the files alone.';
  static override examples = [
    'oxen restore .',
    'oxen restore --source HEAD~1 data.csv',
    'oxen restore --staged images',
  ];
  static override group = 'change' as const;
  static override completions = { paths: 'path', '--source': 'revision' } as const;
  static override enableJsonFlag = true;
  static override args = {
    paths: Args.string({
      multiple: true,
      required: true,
      description: 'Files, directories, patterns.',
    }),
  };
  static override flags = {
    ...jobsFlag,
    source: Flags.string({
      description: 'The revision to take the files from.',
      exclusive: ['staged'],
    }),
    staged: Flags.boolean({ description: 'Take staged changes back.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Restore);
    await using repository = await this.openRepository({ jobs: flags.jobs });
    const result = flags.staged
      ? await repository.unstage(args.paths)
      : await repository.restore(args.paths, flags.source);
    this.report(result, () => '');
  }
}
