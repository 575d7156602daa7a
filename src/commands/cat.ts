/** The verb `cat`. */
import { Args, Flags } from '../ui/declarations.js';
import { RepositoryVerb } from '../ui/repository-verb.js';

export default class Cat extends RepositoryVerb {
  static override summary = 'Print the content of a file of a revision';
  static override description =
    'Writes the bytes of a stored file to the standard output, checked against their hash.';
  static override examples = ['oxen cat data.csv', 'oxen cat -r HEAD~1 data.csv'];
  static override group = 'history' as const;
  static override completions = { path: 'path', '--revision': 'revision' } as const;
  static override args = { path: Args.string({ required: true, description: 'A file.' }) };
  static override flags = {
    revision: Flags.string({ char: 'r', default: 'HEAD', description: 'The revision.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Cat);
    await using repository = await this.openRepository({ readOnly: true });
    await this.write(repository.read(args.path, flags.revision));
  }
}
