/** The verb `stash push`. */
import { StashPushVerb, stashPushFlags } from '../../ui/stash-verbs.js';

export default class StashPush extends StashPushVerb {
  static override summary = 'Put changes away and go back to HEAD';
  static override description =
    'The same as oxen stash without another word. All is stored before a file is touched.';
  static override examples = ['oxen stash push', 'oxen stash push -m "half a model"'];
  static override group = 'change' as const;
  static override enableJsonFlag = true;
  static override flags = stashPushFlags;
}
