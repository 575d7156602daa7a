/** The verb `fsck`. */
import { exitCodes } from '../core/model/errors.js';
import { renderFsck } from '../ui/fsck-view.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';

export default class Fsck extends RepositoryVerb {
  static override summary = 'Check every stored byte';
  static override description =
    'Recomputes all ids from file content up: contents, directories, commits, references, staging area. Exits with 0 exactly when every ' +
    'byte that something points to is good, else with 7, and names what is lost.';
  static override examples = ['oxen fsck', 'oxen fsck --json'];
  static override group = 'plumbing' as const;
  static override enableJsonFlag = true;
  static override flags = { ...jobsFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(Fsck);
    await using repository = await this.openRepository({ readOnly: true, jobs: flags.jobs });
    const report = await repository.fsck();
    if (report.problems.length > 0) this.exitCode = exitCodes.integrity;
    this.report(report, () => renderFsck(report));
  }
}
