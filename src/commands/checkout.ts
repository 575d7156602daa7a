/** The verb `checkout`. */
import { InvalidInputError } from '../core/model/errors.js';
import { Args, Flags } from '../ui/declarations.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';

export default class Checkout extends RepositoryVerb {
  static override summary = 'Switch to a branch or a commit';
  static override description =
    'Makes the working tree that of a branch, or of any commit with a detached HEAD. Local changes that would be lost are named and ' +
    'nothing is touched, unless --force is given. An interrupted checkout is finished by the same command, or taken back with --abort.';
  static override examples = [
    'oxen checkout main',
    'oxen checkout -b feature',
    'oxen checkout HEAD~2',
    'oxen checkout --abort',
  ];
  static override group = 'branch' as const;
  static override completions = { name: 'revision' } as const;
  static override enableJsonFlag = true;
  static override args = { name: Args.string({ description: 'A branch, or any revision.' }) };
  static override flags = {
    ...jobsFlag,
    create: Flags.string({ char: 'b', description: 'Make this branch and switch to it.' }),
    force: Flags.boolean({
      char: 'f',
      description: 'Overwrite local changes and drop what is staged.',
    }),
    abort: Flags.boolean({ description: 'Take an interrupted checkout back.' }),
    ours: Flags.boolean({
      description: 'NAME is a path in conflict: write our version.',
      exclusive: ['theirs'],
    }),
    theirs: Flags.boolean({ description: 'NAME is a path in conflict: write their version.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Checkout);
    await using repository = await this.openRepository({ jobs: flags.jobs });
    if (flags.abort) {
      const result = await repository.abortCheckout();
      this.report(result, () => 'Checkout aborted.\n');
    } else if (flags.create !== undefined) {
      await repository.checkoutNewBranch(flags.create, args.name);
      this.report({ branch: flags.create }, () => `Create and checkout branch: ${flags.create}\n`);
    } else if (args.name !== undefined && (flags.ours || flags.theirs)) {
      await repository.takeSide(flags.ours ? 'ours' : 'theirs', [args.name]);
      this.report({ path: args.name }, () => '');
    } else if (args.name === undefined) {
      throw new InvalidInputError('Name a branch or a commit.', {
        hint: 'oxen branch shows the branches.',
      });
    } else {
      const result = await repository.checkout(args.name, { force: flags.force });
      const branch = repository.currentBranch();
      const isThere = branch !== undefined && result.previousBranch === branch;
      const first = isThere ? `Already on branch ${branch}\n` : '';
      const second =
        branch === undefined
          ? `Checked out commit: ${result.commitId}\n`
          : `Checked out branch: ${branch}\n`;
      this.report(result, () => first + second);
    }
  }
}
