/** The verb `diff`. */
import { Args, Flags } from '../ui/declarations.js';
import { renderDiff, renderDiffStat, renderNameStatus, type ShownDiff } from '../ui/diff-view.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';
import { splitRevisions } from '../ui/split-revisions.js';

export default class Diff extends RepositoryVerb {
  static override summary = 'Show how files differ';
  static override description =
    'Without a revision: HEAD and the working tree. With one: HEAD and that revision. With two, or A..B: the first and the second. Texts ' +
    'are compared by line, tables by row, images by their dimensions. Paths narrow it down; put -- before one that could be a revision.';
  static override examples = [
    'oxen diff',
    'oxen diff --staged',
    'oxen diff main feature images',
    'oxen diff HEAD~1..HEAD --stat',
    'oxen diff -k id labels.csv',
  ];
  static override group = 'history' as const;
  static override completions = { words: 'revision' } as const;
  static override enableJsonFlag = true;
  static override args = {
    words: Args.string({
      multiple: true,
      description: 'A revision, two or a range A..B, then paths.',
    }),
  };
  static override flags = {
    ...jobsFlag,
    staged: Flags.boolean({ description: 'HEAD and what is staged.' }),
    stat: Flags.boolean({ description: 'Counts of changed lines.', exclusive: ['name-status'] }),
    'name-status': Flags.boolean({ description: 'Names with A, D or M.' }),
    keys: Flags.string({
      char: 'k',
      description: 'A column that tells rows of tables apart; may be given more than once.',
      multiple: true,
    }),
    compares: Flags.string({
      char: 'c',
      description: 'A column of tables to compare; all others without it.',
      multiple: true,
    }),
    rows: Flags.integer({ description: 'Changed rows of a table to show.', default: 100, min: 0 }),
    'exit-code': Flags.boolean({ description: 'Exit with 1 when anything differs.' }),
  };

  async run(): Promise<void> {
    const { args, flags, afterDashes } = await this.parse(Diff);
    await using repository = await this.openRepository({ jobs: flags.jobs });
    const words = splitRevisions(args.words ?? [], afterDashes, 2, repository, this.cwd);
    const diffs: ShownDiff[] = [];
    const { out, isJson } = this.session;
    const collects = isJson || flags.stat;
    for await (const diff of repository.diff(words.revisions, {
      staged: flags.staged,
      paths: words.paths,
      tables: {
        maxRows: flags.rows,
        ...(flags.keys && { keys: flags.keys }),
        ...(flags.compares && { compares: flags.compares }),
      },
    })) {
      if (flags['exit-code']) this.exitCode = 1;
      if (collects) diffs.push(diff);
      else out.write(flags['name-status'] ? renderNameStatus(diff) : renderDiff(diff, out.paint));
      if (out.isClosed) return;
    }
    if (collects) this.report({ files: diffs }, () => renderDiffStat(diffs));
  }
}
