/** The verb `stash drop`. */
import { RepositoryVerb } from '../../ui/repository-verb.js';
import { parseStashEntry, stashEntryArgument, stashTitle } from '../../ui/stash-verbs.js';

export default class StashDrop extends RepositoryVerb {
  static override summary = 'Remove what was put away';
  static override description = 'Removes one entry of the stash. oxen undo brings it back.';
  static override examples = ['oxen stash drop', 'oxen stash drop 1'];
  static override group = 'change' as const;
  static override completions = { entry: 'stash' } as const;
  static override enableJsonFlag = true;
  static override args = stashEntryArgument;

  async run(): Promise<void> {
    const { args } = await this.parse(StashDrop);
    await using repository = await this.openRepository();
    const entry = repository.dropStash(parseStashEntry(args.entry));
    this.report(entry, () => `Removed stash@{${entry.index}}: ${stashTitle(entry)}\n`);
  }
}
