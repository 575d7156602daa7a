/** The verb `clean`. */
import { OperationError } from '../core/model/errors.js';
import { renderClean } from '../ui/clean-view.js';
import { Args, Flags } from '../ui/declarations.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';

export default class Clean extends RepositoryVerb {
  static override summary = 'Remove untracked files';
  static override description =
    'Says what would be removed; with -f it removes it. Ignored files, ignore files, links and other repositories inside the working tree ' +
    'stay, and so does everything that is tracked or staged.';
  static override examples = ['oxen clean', 'oxen clean -f', 'oxen clean -f results "*.tmp"'];
  static override group = 'change' as const;
  static override enableJsonFlag = true;
  static override args = {
    paths: Args.string({ multiple: true, description: 'Files, directories, patterns.' }),
  };
  static override flags = {
    ...jobsFlag,
    'dry-run': Flags.boolean({
      char: 'n',
      description: 'Only say what would be removed; so it is without -f.',
      exclusive: ['force'],
    }),
    force: Flags.boolean({ char: 'f', description: 'Remove it.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Clean);
    await using repository = await this.openRepository({ jobs: flags.jobs });
    const result = await repository.clean(args.paths ?? [], { dryRun: !flags.force });
    this.report(result, () => renderClean(result));
    for (const path of result.keptRepositories) this.note(`${path}/ is kept: it is a repository`);
    for (const { path, message } of result.problems) this.note(`${path}: ${message}`);
    const [first] = result.problems;
    if (first !== undefined) throw new OperationError('Not everything could be removed.');
  }
}
