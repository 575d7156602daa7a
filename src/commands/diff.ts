/** The verb `diff`. */
import { InvalidInputError, NotFoundError } from '../core/model/errors.js';
import type { FileDiff, FilesDiff, Repository } from '../index.js';
import { pagerFlag } from '../ui/common-flags.js';
import { Args, Flags } from '../ui/declarations.js';
import { renderDiff, renderDiffStat, renderNameStatus } from '../ui/diff-view.js';
import { filePair } from '../ui/file-pair.js';
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
    'oxen diff HEAD~1:labels.csv other.csv -k id -o difference.csv',
  ];
  static override group = 'history' as const;
  static override completions = { words: 'revision-or-path' } as const;
  static override enableJsonFlag = true;
  static override args = {
    words: Args.string({
      multiple: true,
      description: 'A revision, two or a range A..B, then paths; or two files.',
    }),
  };
  static override flags = {
    ...jobsFlag,
    ...pagerFlag,
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
    output: Flags.string({
      char: 'o',
      helpValue: 'FILE',
      description: 'Write the rows of a table that differ to a csv, tsv or jsonl file as well.',
    }),
    'exit-code': Flags.boolean({ description: 'Exit with 1 when anything differs.' }),
  };

  async run(): Promise<void> {
    const { args, flags, afterDashes } = await this.parse(Diff);
    const words = args.words ?? [];
    await using repository = await this.#open(words, flags.jobs);
    const tables = {
      maxRows: flags.output === undefined ? flags.rows : Number.POSITIVE_INFINITY,
      ...(flags.keys && { keys: flags.keys }),
      ...(flags.compares && { compares: flags.compares }),
    };
    const pair = afterDashes.length === 0 ? filePair(words, repository, this.cwd) : undefined;
    if (pair !== undefined) {
      const { compareFiles } = await import('../index.js');
      const found = await (repository === undefined
        ? compareFiles(...pair, tables)
        : repository.diffFiles(...pair, tables));
      return await this.#show(found === undefined ? [] : [found], flags);
    }
    const source = repository ?? (await this.openRepository({ readOnly: 'when-denied' }));
    const split = splitRevisions(words, afterDashes, 2, source, this.cwd);
    const diffs = source.diff(split.revisions, {
      staged: flags.staged,
      paths: split.paths,
      tables,
    });
    await this.#show(diffs, flags);
  }

  /** Opens the repository; there need be none when two files of the disk are compared. */
  async #open(words: readonly string[], jobs: number | undefined): Promise<Repository | undefined> {
    try {
      return await this.openRepository({ jobs, readOnly: 'when-denied' });
    } catch (error) {
      const needsNone = filePair(words, undefined, this.cwd) !== undefined;
      if (error instanceof NotFoundError && needsNone) return undefined;
      throw error;
    }
  }

  async #show(found: Differences, flags: ShowFlags): Promise<void> {
    const seen: Difference[] = [];
    if (this.session.isJson || flags.stat) {
      for await (const diff of found) seen.push(diff);
      const files = seen.map((diff) => limitRows(diff, flags.rows));
      this.report({ files }, () => renderDiffStat(files));
    } else await this.page(this.#render(found, flags, seen));
    if (flags['exit-code'] && seen.length > 0) this.exitCode = 1;
    if (flags.output !== undefined) await this.#save(flags.output, seen);
  }

  /** Yields the text of each difference; keeps those that are asked about later. */
  async *#render(found: Differences, flags: ShowFlags, seen: Difference[]) {
    const { paint } = this.session.out;
    for await (const diff of found) {
      if (flags.output !== undefined || seen.length === 0) seen.push(diff);
      const shown = limitRows(diff, flags.rows);
      yield flags['name-status'] ? renderNameStatus(shown) : renderDiff(shown, paint);
    }
  }

  async #save(file: string, diffs: readonly Difference[]): Promise<void> {
    const tables = diffs.filter(({ change }) => change.kind === 'table');
    const [table] = tables;
    if (table === undefined || tables.length > 1) {
      throw new InvalidInputError(`${tables.length} tables differ; --output takes one.`, {
        hint: 'Name the table: oxen diff labels.csv -o difference.csv',
      });
    }
    const { saveTableDifference } = await import('../index.js');
    saveTableDifference(file, table.change);
    this.note(`Wrote the difference of ${table.path} to ${file}`);
  }
}

type Difference = FileDiff | FilesDiff;
type Differences = AsyncIterable<Difference> | Iterable<Difference>;

interface ShowFlags {
  readonly stat: boolean;
  readonly 'name-status': boolean;
  readonly 'exit-code': boolean;
  readonly rows: number;
  readonly output?: string | undefined;
}

/** Leaves out rows of a table beyond what is shown. */
function limitRows(diff: Difference, most: number): Difference {
  const { change } = diff;
  if (change.kind !== 'table' || change.rows.length <= most) return diff;
  return { ...diff, change: { ...change, rows: change.rows.slice(0, most), isTruncated: true } };
}
