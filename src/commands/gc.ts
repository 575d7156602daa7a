/** The verb `gc`, which real Oxen calls `prune`. */
import { Flags } from '../ui/declarations.js';
import { renderGc } from '../ui/gc-view.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';

export default class Gc extends RepositoryVerb {
  static override summary = 'Remove what nothing needs and free its space';
  static override description =
    'Keeps everything that branches, tags, stashes, HEAD, the staging area, an unfinished merge or checkout and oxen undo need; removes the rest and rewrites ' +
    'packs that are mostly garbage. Other commands may run meanwhile. Files of rewritten packs stay for a while, for those who read them.';
  static override examples = [
    'oxen gc',
    'oxen gc -n --explain',
    'oxen gc --all --grace 0 --undo-days 0',
    'oxen gc --compress',
  ];
  static override aliases = ['prune'];
  static override group = 'care' as const;
  static override enableJsonFlag = true;
  static override flags = {
    ...jobsFlag,
    'dry-run': Flags.boolean({ char: 'n', description: 'Only say what would be removed.' }),
    explain: Flags.boolean({ description: 'Every pack: what happens to it, and why.' }),
    'dead-share': Flags.integer({
      min: 0,
      max: 100,
      default: 30,
      helpValue: 'PERCENT',
      description: 'Rewrite packs of which more than this is garbage.',
    }),
    all: Flags.boolean({ description: 'Rewrite every pack with garbage in it.' }),
    compress: Flags.boolean({ description: 'Also rewrite packs that are not compressed yet.' }),
    grace: Flags.integer({
      min: 0,
      default: 600,
      helpValue: 'SECONDS',
      description: 'How long rewritten packs stay for readers, and uploads for their branch.',
    }),
    'undo-days': Flags.integer({
      min: 0,
      default: 14,
      helpValue: 'DAYS',
      description: 'How long oxen undo can bring back what was deleted.',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Gc);
    const dryRun = flags['dry-run'];
    await using repository = await this.openRepository({ readOnly: dryRun, jobs: flags.jobs });
    const report = await repository.gc({
      dryRun,
      largestDeadShare: flags.all ? 0 : flags['dead-share'] / 100,
      compress: flags.compress,
      graceMs: flags.grace * 1000,
      undoGraceMs: flags['undo-days'] * 86_400_000,
    });
    this.report(report, () => renderGc(report, flags.explain));
  }
}
