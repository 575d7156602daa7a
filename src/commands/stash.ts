/** The verb `stash`, the short form of `stash push`. */
import { StashPushVerb, stashPushFlags } from '../ui/stash-verbs.js';

export default class Stash extends StashPushVerb {
  static override summary = 'Put changes away and go back to HEAD';
  static override description =
    'Puts staged and unstaged changes away, with -u files that are not tracked as well, and goes back to HEAD. oxen stash pop brings them back. ' +
    'What is ignored stays where it is.';
  static override examples = [
    'oxen stash',
    'oxen stash -u -m "half a model"',
    'oxen stash list',
    'oxen stash pop',
  ];
  static override group = 'change' as const;
  static override enableJsonFlag = true;
  static override flags = stashPushFlags;
}
