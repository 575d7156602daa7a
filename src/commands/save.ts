/** The verb `save`. */
import { InvalidInputError } from '../core/model/errors.js';
import { Args, Flags } from '../ui/declarations.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';
import { formatSize } from '../ui/units.js';

export default class Save extends RepositoryVerb {
  static override summary = 'Write the repository to one archive';
  static override description =
    'The archive is a tar file with all branches, tags, their history and contents, compressed when its name ends in .gz. What is staged ' +
    'or not committed is not in it. oxen load makes a repository of it again. Without a repository the one here is saved.';
  static override examples = [
    'oxen save backup.tar',
    'oxen save farm -o farm.tar.gz',
    'oxen save - | ssh host oxen load - farm',
  ];
  static override group = 'care' as const;
  static override enableJsonFlag = true;
  static override args = {
    path: Args.string({
      description: 'The archive, - for the standard output; with -o the repository.',
    }),
  };
  static override flags = {
    ...jobsFlag,
    output: Flags.string({ char: 'o', helpValue: 'FILE', description: 'The archive.' }),
    gzip: Flags.boolean({ char: 'z', description: 'Compress what goes to the standard output.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Save);
    const file = flags.output ?? args.path;
    if (file === undefined) {
      throw new InvalidInputError('Name the archive to write: oxen save FILE');
    }
    const directory = flags.output === undefined ? this.cwd : (args.path ?? this.cwd);
    const { Repository } = await import('../index.js');
    const options = this.repositoryOptions({ readOnly: true, jobs: flags.jobs });
    await using repository = await Repository.open(directory, options);
    if (file === '-') {
      if (this.session.out.isTerminal) {
        throw new InvalidInputError('The archive would go to the terminal.', {
          hint: 'Name a file: oxen save FILE',
        });
      }
      await this.write(repository.archive({ gzip: flags.gzip }).pieces);
      return;
    }
    this.print(`🐂 Saving oxen repo at "${repository.root}"`);
    const saved = await repository.save(file);
    this.report(saved, () => {
      const { commitCount, fileCount, archiveBytes } = saved;
      const facts = `${commitCount} commits, ${fileCount} contents, ${formatSize(archiveBytes)}`;
      return `✅ Saved oxen repo to "${file}" (${facts})\n`;
    });
  }
}
