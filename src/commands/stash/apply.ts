/** The verb `stash apply`. */
import { jobsFlag } from '../../ui/repository-verb.js';
import { StashBackVerb, stashEntryArgument } from '../../ui/stash-verbs.js';

export default class StashApply extends StashBackVerb {
  static override summary = 'Bring changes back and keep the entry';
  static override description =
    'As oxen stash pop, but the entry stays: the same changes can be brought to several branches.';
  static override examples = ['oxen stash apply', 'oxen stash apply 1'];
  static override group = 'change' as const;
  static override completions = { entry: 'stash' } as const;
  static override enableJsonFlag = true;
  static override args = stashEntryArgument;
  static override flags = jobsFlag;
  protected readonly drops = false;
}
