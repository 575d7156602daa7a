/** The verb `verify`: the same check as `fsck`. */
import { exitCodes } from '../core/model/errors.js';
import { renderFsck } from '../ui/fsck-view.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';

export default class Verify extends RepositoryVerb {
  static override summary = 'Check every stored byte';
  static override description =
    'Recomputes all ids from file content up: contents, directories, commits, references, staging area. Exits with 0 exactly when every ' +
    'byte that something points to is good, else with 7, and names what is lost.';
  static override examples = ['oxen verify', 'oxen verify --json'];
  static override group = 'plumbing' as const;
  static override enableJsonFlag = true;
  static override flags = { ...jobsFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(Verify);
    await using repository = await this.openRepository({
      readOnly: true,
      checkDatabase: true,
      jobs: flags.jobs,
    });
    const report = await repository.fsck();
    if (report.problems.length > 0) this.exitCode = exitCodes.integrity;
    this.report(report, () => renderFsck(report));
  }
}
