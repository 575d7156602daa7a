/** The verb `stash list`. */
import { RepositoryVerb } from '../../ui/repository-verb.js';
import { stashTitle } from '../../ui/stash-verbs.js';
import { formatTimestamp } from '../../ui/units.js';

export default class StashList extends RepositoryVerb {
  static override summary = 'List what was put away';
  static override description = 'One line an entry, the newest first.';
  static override examples = ['oxen stash list', 'oxen stash list --json'];
  static override group = 'change' as const;
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    await this.parse(StashList);
    await using repository = await this.openRepository({ readOnly: true });
    const entries = repository.stashEntries();
    const { paint } = this.session.out;
    this.report({ entries }, () =>
      entries
        .map((entry) => {
          const { index, timestamp } = entry;
          const time = formatTimestamp({ ...timestamp, nanoseconds: 0 }).replace(/\.0 .*$/, '');
          return `${paint('yellow', `stash@{${index}}`)}: ${stashTitle(entry)}  ${paint('dim', `(${time})`)}\n`;
        })
        .join(''),
    );
  }
}
