/** The verb `log`. */
import type { CommitId } from '../core/model/hash.js';
import type { CommitNode } from '../core/model/node.js';
import type { Repository } from '../index.js';
import { pagerFlag } from '../ui/common-flags.js';
import { Args, Flags } from '../ui/declarations.js';
import { renderLog } from '../ui/log-view.js';
import { parseTime } from '../ui/parse-time.js';
import { RepositoryVerb } from '../ui/repository-verb.js';
import { splitRevisions } from '../ui/split-revisions.js';

export default class Log extends RepositoryVerb {
  static override summary = 'Show the commits that led here';
  static override description =
    'Lists commits, the newest first, from HEAD or from another revision. A range A..B leaves out what A reaches. With paths only commits ' +
    'that changed something at or below them; put -- before a path that could be a revision. Dates are in UTC.';
  static override examples = [
    'oxen log -n 3',
    'oxen log main..feature',
    'oxen log --oneline --graph --all',
    'oxen log images labels.csv',
    "oxen log --author bessie --since '2 weeks ago'",
  ];
  static override group = 'history' as const;
  static override enableJsonFlag = true;
  static override completions = { words: 'revision-or-path', '--revision': 'revision' } as const;
  static override args = {
    words: Args.string({ multiple: true, description: 'A revision or a range A..B, then paths.' }),
  };
  static override flags = {
    ...pagerFlag,
    revision: Flags.string({ description: 'A revision or a range A..B.' }),
    number: Flags.integer({
      char: 'n',
      default: 20,
      min: 0,
      description: 'Most commits; 0 for no limit.',
    }),
    all: Flags.boolean({ char: 'a', description: 'From all branches and tags, not only HEAD.' }),
    oneline: Flags.boolean({ description: 'One line a commit.' }),
    graph: Flags.boolean({
      description: 'Draw how the commits follow each other; of whole histories only.',
      exclusive: ['author', 'since', 'until'],
    }),
    author: Flags.string({ description: 'Only by authors whose name or email holds TEXT.' }),
    since: Flags.string({ description: "From this time on: '2024-05-09', '3 days ago'." }),
    until: Flags.string({ description: 'Up to this time.' }),
  };

  async run(): Promise<void> {
    const { args, flags, afterDashes } = await this.parse(Log);
    await using repository = await this.openRepository({ readOnly: true });
    const words = splitRevisions(args.words ?? [], afterDashes, 1, repository, this.cwd);
    const commits = repository.history({
      revision: flags.revision ?? words.revisions[0] ?? 'HEAD',
      paths: words.paths,
      everywhere: flags.all,
      ...(flags.number === 0 ? {} : { limit: flags.number }),
      ...(flags.graph ? { isTopological: true } : {}),
      criteria: this.#criteria(flags),
    });
    if (this.session.isJson) {
      const list: CommitNode[] = [];
      for await (const commit of commits) list.push(commit);
      this.report({ commits: list }, () => '');
      return;
    }
    const { isTerminal, paint } = this.session.out;
    const names = flags.oneline && isTerminal ? namesByCommit(repository) : new Map();
    const style = { isShort: flags.oneline, hasGraph: flags.graph, names };
    await this.page(renderLog(commits, style, paint));
  }

  #criteria(flags: {
    readonly author?: string | undefined;
    readonly since?: string | undefined;
    readonly until?: string | undefined;
  }) {
    const { author, since, until } = flags;
    const now = Math.floor(Date.now() / 1000);
    return {
      ...(author === undefined ? {} : { author }),
      ...(since === undefined ? {} : { sinceSeconds: parseTime(since, now, 'start') }),
      ...(until === undefined ? {} : { untilSeconds: parseTime(until, now, 'end') }),
    };
  }
}

/** Returns what points to commits: `HEAD -> main`, branches, branches of remotes, tags. */
function namesByCommit(repository: Repository): Map<CommitId, string[]> {
  const names = new Map<CommitId, string[]>();
  const add = (id: CommitId | undefined, name: string): void => {
    if (id !== undefined) names.set(id, [...(names.get(id) ?? []), name]);
  };
  if (repository.currentBranch() === undefined) add(repository.stores.headCommitId(), 'HEAD');
  const branches = [...repository.branches()].sort(
    (a, b) => Number(b.isCurrent) - Number(a.isCurrent),
  );
  for (const { commitId, isCurrent, name } of branches) {
    add(commitId, isCurrent ? `HEAD -> ${name}` : name);
  }
  for (const { commitId, name } of repository.tags()) add(commitId, `tag: ${name}`);
  for (const { commitId, remote, name } of repository.remoteBranches()) {
    add(commitId, `${remote}/${name}`);
  }
  return names;
}
