/** The verb `fsck`. */
import { exitCodes } from '../core/model/errors.js';
import { Flags } from '../ui/declarations.js';
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
  static override flags = {
    ...jobsFlag,
    'rebuild-index': Flags.boolean({ description: 'Make the index anew from the packs.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Fsck);
    if (flags['rebuild-index']) await this.#rebuild();
    const options = { readOnly: true, checkDatabase: true, jobs: flags.jobs };
    await using repository = await this.openRepository(options);
    const report = await repository.fsck();
    if (report.problems.length > 0) this.exitCode = exitCodes.integrity;
    this.report(report, () => renderFsck(report));
  }

  async #rebuild(): Promise<void> {
    const { rebuildRepositoryIndex } = await import('../index.js');
    const { packCount, recordCounts, problems, setAside } = await rebuildRepositoryIndex(this.cwd);
    const counts = [...recordCounts].map(([kind, count]) => `${count} ${kind}`).join(', ');
    this.note(`Rebuilt the index from ${packCount} packs: ${counts || 'no records'}`);
    if (setAside !== undefined) this.note(`The damaged database was kept: ${setAside}`);
    for (const problem of problems) this.note(problem);
  }
}
