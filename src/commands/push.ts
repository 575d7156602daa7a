/** The verb `push`. */
import { exitCodes, InvalidInputError } from '../core/model/errors.js';
import { Args, Flags } from '../ui/declarations.js';
import { renderPushMissing } from '../ui/push-view.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';
import { formatDuration } from '../ui/units.js';

export default class Push extends RepositoryVerb {
  static override summary = 'Send a branch to a remote';
  static override description =
    'Sends the commits that the remote lacks, with their files, and then moves its branch. A branch that has commits which this one ' +
    'lacks is not moved, unless --force is given. A push that was interrupted is simply repeated.';
  static override examples = [
    'oxen push',
    'oxen push origin main',
    'oxen push --force origin main',
    'oxen push --delete origin old-branch',
    'oxen push --missing-files',
  ];
  static override group = 'sync' as const;
  static override enableJsonFlag = true;
  static override completions = { remote: 'remote', branch: 'branch' } as const;
  static override args = {
    remote: Args.string({ description: 'A remote; origin when absent.' }),
    branch: Args.string({ description: 'A branch; the checked-out one when absent.' }),
  };
  static override flags = {
    ...jobsFlag,
    delete: Flags.boolean({ char: 'd', description: 'Delete the branch on the remote.' }),
    force: Flags.boolean({
      char: 'f',
      description: 'Move the remote branch although commits of it are lost.',
      exclusive: ['delete'],
    }),
    'missing-files': Flags.boolean({
      description: 'Only send files that commits of the remote lack, of its whole history.',
      exclusive: ['delete', 'force', 'revalidate'],
    }),
    commit: Flags.string({
      helpValue: 'REVISION',
      description: 'With --missing-files: those of this commit only.',
      dependsOn: ['missing-files'],
    }),
    revalidate: Flags.boolean({
      description: 'Have the remote check all its files, and send the damaged ones again.',
      exclusive: ['delete', 'force'],
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Push);
    const start = performance.now();
    await using repository = await this.openRepository({ jobs: flags.jobs });
    if (flags.delete && args.branch === undefined) {
      throw new InvalidInputError('Name the branch to delete.', {
        hint: 'oxen push --delete origin BRANCH',
      });
    }
    const target = repository.pushTarget(args.remote, args.branch);
    if (flags.delete) {
      await repository.pushDelete(target);
      const { remote, branch } = target;
      this.report({ deleted: target }, () => `Deleted remote branch: ${remote}/${branch}\n`);
      return;
    }
    if (flags['missing-files'] || flags.revalidate) {
      const result = await repository.pushMissing(target, {
        revalidate: flags.revalidate,
        ...(flags.commit === undefined ? {} : { revision: flags.commit }),
      });
      if (result.unavailable.length > 0) this.exitCode = exitCodes.failure;
      const took = formatDuration(performance.now() - start);
      this.report(result, () => renderPushMissing(result, took));
      return;
    }
    const commitId = repository.branchCommit(target.branch);
    this.print(`🐂 oxen push ${target.remote} ${target.branch} -> ${commitId}`);
    const result = await repository.push(target, { force: flags.force });
    const first = result.isUpToDate ? 'Everything is up to date\n' : '';
    const took = formatDuration(performance.now() - start);
    this.report(result, () => `${first}🐂 push complete 🎉 took ${took}\n`);
  }
}
