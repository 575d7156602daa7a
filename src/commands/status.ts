/** The verb `status`. */
import { isClean } from '../core/model/status.js';
import { Args, Flags } from '../ui/declarations.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';
import { renderStatus } from '../ui/status-view.js';

export default class Status extends RepositoryVerb {
  static override summary = 'Show what is staged, changed and untracked';
  static override description =
    'Compares the working tree with what is tracked, and what is staged with HEAD. Only files whose size or times changed are read.';
  static override examples = ['oxen status', 'oxen status images --limit 50', 'oxen status --json'];
  static override group = 'history' as const;
  static override enableJsonFlag = true;
  static override args = {
    paths: Args.string({ multiple: true, description: 'Only at or below these.' }),
  };
  static override flags = {
    ...jobsFlag,
    skip: Flags.integer({
      char: 's',
      default: 0,
      min: 0,
      description: 'Rows of each section to leave out.',
    }),
    limit: Flags.integer({
      char: 'l',
      default: 10,
      min: 0,
      description: 'Most rows of each section.',
    }),
    'print-all': Flags.boolean({ char: 'a', aliases: ['print_all'], description: 'All rows.' }),
    'exit-code': Flags.boolean({ description: 'Exit with 1 when anything is not clean.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Status);
    await using repository = await this.openRepository({
      jobs: flags.jobs,
      readOnly: 'when-denied',
    });
    const status = await repository.status(args.paths ?? []);
    const limits = {
      skip: flags.skip,
      limit: flags['print-all'] ? Number.POSITIVE_INFINITY : flags.limit,
    };
    if (flags['exit-code'] && !isClean(status)) this.exitCode = 1;
    this.report(status, () => renderStatus(status, limits, this.session.out.paint));
  }
}
