/** The verb `stash pop`. */
import { jobsFlag } from '../../ui/repository-verb.js';
import { StashBackVerb, stashEntryArgument } from '../../ui/stash-verbs.js';

export default class StashPop extends StashBackVerb {
  static override summary = 'Bring changes back and remove the entry';
  static override description =
    'Staged changes are staged again. Where HEAD has moved on, texts and tables are merged. When anything would be overwritten, or does not ' +
    'fit, nothing is touched and the entry stays.';
  static override examples = ['oxen stash pop', 'oxen stash pop 1'];
  static override group = 'change' as const;
  static override completions = { entry: 'stash' } as const;
  static override enableJsonFlag = true;
  static override args = stashEntryArgument;
  static override flags = jobsFlag;
  protected readonly drops = true;
}
