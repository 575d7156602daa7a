/** The verb `log`. */
import type { CommitNode } from '../core/model/node.js';
import { pagerFlag } from '../ui/common-flags.js';
import { Args, Flags } from '../ui/declarations.js';
import { renderLog, renderShortLog } from '../ui/log-view.js';
import { RepositoryVerb } from '../ui/repository-verb.js';

export default class Log extends RepositoryVerb {
  static override summary = 'Show the commits that led here';
  static override description =
    'Lists commits, the newest first, from HEAD or from another revision. A range A..B leaves out what A reaches.';
  static override examples = [
    'oxen log',
    'oxen log -n 3',
    'oxen log main..feature',
    'oxen log --oneline',
  ];
  static override group = 'history' as const;
  static override enableJsonFlag = true;
  static override completions = { start: 'revision', '--revision': 'revision' } as const;
  static override args = { start: Args.string({ description: 'A revision or a range A..B.' }) };
  static override flags = {
    ...pagerFlag,
    revision: Flags.string({ description: 'A revision or a range A..B.' }),
    number: Flags.integer({ char: 'n', default: 20, min: 0, description: 'Most commits.' }),
    oneline: Flags.boolean({ description: 'One line a commit.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Log);
    await using repository = await this.openRepository({ readOnly: true });
    const commits: CommitNode[] = [];
    for (const commit of repository.log(flags.revision ?? args.start ?? 'HEAD')) {
      if (commits.length >= flags.number) break;
      commits.push(commit);
    }
    if (this.session.isJson) {
      this.report({ commits }, () => '');
      return;
    }
    const render = flags.oneline ? renderShortLog : renderLog;
    await this.page(render(commits, this.session.out.paint));
  }
}
