/** The verb `clone`. */
import { Args, Flags } from '../ui/declarations.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';
import { formatDuration, formatSize } from '../ui/units.js';

export default class Clone extends RepositoryVerb {
  static override summary = 'Copy a remote repository';
  static override description =
    'Makes a repository with the history of a branch and the files of its newest commit. A clone that was interrupted goes on when the ' +
    'same command is given again.';
  static override examples = [
    'oxen clone http://localhost:3000/ns/repo',
    'oxen clone http://localhost:3000/ns/repo copy --branch feature',
    'oxen clone --all http://localhost:3000/ns/repo',
    'oxen clone --filter images --filter labels --depth 1 http://localhost:3000/ns/repo',
  ];
  static override group = 'sync' as const;
  static override enableJsonFlag = true;
  static override completions = { url: 'none', directory: 'directory' } as const;
  static override args = {
    url: Args.string({
      required: true,
      description: 'The repository: https://host/namespace/name.',
    }),
    directory: Args.string({ description: 'Where to; the name of the repository when absent.' }),
  };
  static override flags = {
    ...jobsFlag,
    branch: Flags.string({ char: 'b', description: 'The branch to check out; main when absent.' }),
    all: Flags.boolean({
      char: 'a',
      description: 'All branches, and the files of all commits.',
      exclusive: ['filter', 'depth'],
    }),
    filter: Flags.string({
      multiple: true,
      helpValue: 'DIR',
      description: 'Only the files in this directory, without the history; may be repeated.',
    }),
    depth: Flags.integer({
      min: 1,
      description: 'Only the files in so many levels of directories, without the history.',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Clone);
    const start = performance.now();
    const { Repository, repoPathOf } = await import('../index.js');
    const { filter = [], depth } = flags;
    const isPartial = filter.length > 0 || depth !== undefined;
    this.print(`🐂 cloning repo ${args.url}`);
    const name = args.url.replace(/\/+$/, '').split('/').at(-1) ?? '';
    const directory = args.directory ?? name;
    const { repository, result } = await Repository.clone(args.url, directory, {
      ...this.repositoryOptions({ jobs: flags.jobs }),
      ...(flags.branch === undefined ? {} : { branch: flags.branch }),
      all: flags.all,
      ...(isPartial ? { part: { subtrees: filter.map(repoPathOf), depth } } : {}),
    });
    await using cloned = repository;
    if (result.commitId === undefined) {
      this.note('The remote repository is empty. Add files, commit and push them.');
      this.report({ ...result, root: cloned.root }, () => '');
      return;
    }
    const size = `${formatSize(result.sizeBytes)} (${result.fileCount} files)`;
    const took = formatDuration(performance.now() - start);
    this.report({ ...result, root: cloned.root }, () =>
      [
        `Fetch remote branch: ${name}/${result.branch}`,
        `🐂 oxen downloaded ${size} in ${took}`,
        `Checkout branch: ${result.branch}\n`,
      ].join('\n'),
    );
  }
}
