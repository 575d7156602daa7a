/** The hidden verb `__complete`, which the completion scripts of the shells call. */
import { Args } from '../ui/declarations.js';
import { RepositoryVerb } from '../ui/repository-verb.js';

export default class Complete extends RepositoryVerb {
  static override summary = 'List names for the completion of a shell';
  static override examples = ['oxen __complete branch fea', 'oxen __complete path images/'];
  static override hidden = true;
  static override args = {
    kind: Args.string({
      required: true,
      description: 'branch, tag, remote, revision, path, revision-or-path or stash.',
    }),
    prefix: Args.string({ default: '', description: 'What has been typed.' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Complete);
    const { completeNames } = await import('../ui/complete-names.js');
    const { namesOfRepository } = await import('../ui/repository-names.js');
    await using repository = await this.openRepository({ readOnly: true });
    const names = await completeNames(args.kind, args.prefix ?? '', namesOfRepository(repository));
    this.session.out.write(names);
  }
}
