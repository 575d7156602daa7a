/** The verb `merge`. */
import { ConflictError, InvalidInputError } from '../core/model/errors.js';
import { renderConflicts } from '../ui/conflict-view.js';
import { Args, Flags } from '../ui/declarations.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';

export default class Merge extends RepositoryVerb {
  static override summary = 'Bring another branch into this one';
  static override description =
    'Moves the branch on when only the other one has new commits, else merges both by path and texts by line. Conflicts are left to ' +
    'you and end in exit code 4: edit the files, oxen add them, oxen commit; or oxen merge --abort.';
  static override examples = ['oxen merge feature', 'oxen merge --abort'];
  static override group = 'branch' as const;
  static override enableJsonFlag = true;
  static override completions = { branch: 'revision' } as const;
  static override args = { branch: Args.string({ description: 'A branch, or any revision.' }) };
  static override flags = {
    ...jobsFlag,
    message: Flags.string({ char: 'm', description: 'Message of the merge commit.' }),
    abort: Flags.boolean({ description: 'Take an unfinished merge back.' }),
    'allow-unrelated': Flags.boolean({ description: 'Merge histories without a common commit.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Merge);
    await using repository = await this.openRepository({ jobs: flags.jobs });
    if (flags.abort) {
      await repository.abortMerge();
      const id = repository.resolve('HEAD');
      this.report({ headId: id }, () => `Merge aborted. HEAD is ${id}\n`);
      return;
    }
    if (args.branch === undefined) throw new InvalidInputError('Name the branch to merge.');
    if (args.branch === repository.currentBranch()) {
      throw new InvalidInputError('Cannot merge into current branch');
    }
    const { requireIdentity } = await import('../index.js');
    const from = repository.resolve(args.branch);
    const head = repository.stores.headCommitId();
    if (head !== undefined) this.print(`Merge commits ${head} -> ${from}`);
    const result = await repository.merge(args.branch, requireIdentity(this.configPlace), {
      ...(flags.message === undefined ? {} : { message: flags.message }),
      allowUnrelated: flags['allow-unrelated'],
    });
    if (result.kind === 'conflicts') {
      this.exitCode = new ConflictError('').exitCode;
      this.report(result, () => renderConflicts(result.conflicts));
    } else if (result.kind === 'merged') {
      this.report(result, () => `🐂 commit ${result.commit.id} -> '${result.commit.message}'\n`);
    } else this.report(result, () => (result.kind === 'up-to-date' ? 'Already up to date.\n' : ''));
  }
}
