/** The verb `init`. */
import { Args } from '../ui/declarations.js';
import { RepositoryVerb } from '../ui/repository-verb.js';

export default class Init extends RepositoryVerb {
  static override summary = 'Make a repository in a directory';
  static override description =
    'Makes the directory .oxen with an empty repository. Nothing is added, no server is asked.';
  static override examples = ['oxen init', 'oxen init path/to/data'];
  static override group = 'start' as const;
  static override enableJsonFlag = true;
  static override args = {
    path: Args.string({ description: 'An existing directory.', default: '.' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Init);
    const { Repository } = await import('../index.js');
    await using repository = await Repository.init(args.path ?? '.', this.repositoryOptions());
    const { root } = repository;
    this.report({ path: root }, () => `🐂 repository initialized at: "${root}"\n`);
  }
}
