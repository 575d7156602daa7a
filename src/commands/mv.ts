/** The verb `mv`. */
import { InvalidInputError } from '../core/model/errors.js';
import { Args, Flags } from '../ui/declarations.js';
import { RepositoryVerb } from '../ui/repository-verb.js';

export default class Mv extends RepositoryVerb {
  static override summary = 'Rename tracked files and directories';
  static override description =
    'Renames on disk and stages it; contents are not read, local changes stay local changes. With a directory as the last path everything ' +
    'moves into it. What is there already is not overwritten without -f.';
  static override examples = ['oxen mv old.csv new.csv', 'oxen mv a.png b.png images'];
  static override group = 'change' as const;
  static override enableJsonFlag = true;
  static override args = {
    paths: Args.string({
      multiple: true,
      required: true,
      description: 'What to move, and at the end where to.',
    }),
  };
  static override flags = {
    force: Flags.boolean({ char: 'f', description: 'Replace a file that is there.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Mv);
    const sources = args.paths.slice(0, -1);
    const destination = args.paths[args.paths.length - 1];
    if (destination === undefined || sources.length === 0) {
      throw new InvalidInputError('Name what to move and where to.', {
        hint: 'oxen mv old.csv new.csv',
      });
    }
    await using repository = await this.openRepository();
    const moved = await repository.move(sources, destination, { force: flags.force });
    this.report({ moved }, () => '');
  }
}
