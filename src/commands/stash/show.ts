/** The verb `stash show`. */
import { NotFoundError } from '../../core/model/errors.js';
import { Flags } from '../../ui/declarations.js';
import {
  renderDiff,
  renderDiffStat,
  renderNameStatus,
  type ShownDiff,
} from '../../ui/diff-view.js';
import { RepositoryVerb } from '../../ui/repository-verb.js';
import { parseStashEntry, stashEntryArgument } from '../../ui/stash-verbs.js';

export default class StashShow extends RepositoryVerb {
  static override summary = 'Show what was put away';
  static override description =
    'Shows how the working tree differed from HEAD when the entry was made: names and counts, with -p line by line.';
  static override examples = ['oxen stash show', 'oxen stash show 1 -p'];
  static override group = 'change' as const;
  static override completions = { entry: 'stash' } as const;
  static override enableJsonFlag = true;
  static override args = stashEntryArgument;
  static override flags = {
    patch: Flags.boolean({ char: 'p', description: 'How each file differs.' }),
    'name-status': Flags.boolean({
      description: 'Names with A, D or M.',
      exclusive: ['patch'],
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(StashShow);
    await using repository = await this.openRepository({ readOnly: true });
    const index = parseStashEntry(args.entry);
    const entry = repository.stashEntries()[index];
    if (entry === undefined) throw new NotFoundError(`There is no stash@{${index}}.`);
    const diffs: ShownDiff[] = [];
    for await (const diff of repository.diff([entry.baseId, entry.commitId])) diffs.push(diff);
    const { paint } = this.session.out;
    this.report({ ...entry, files: diffs }, () => {
      if (flags.patch) return diffs.map((diff) => renderDiff(diff, paint)).join('');
      return flags['name-status']
        ? diffs.map((diff) => renderNameStatus(diff)).join('')
        : renderDiffStat(diffs);
    });
  }
}
