/** The verb `fsck`. */
import { exitCodes, InvalidInputError } from '../core/model/errors.js';
import type { Repository } from '../index.js';
import { Flags } from '../ui/declarations.js';
import { renderFsck } from '../ui/fsck-view.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';

export default class Fsck extends RepositoryVerb {
  static override summary = 'Check every stored byte';
  static override description =
    'Recomputes all ids from file content up: contents, directories, commits, references, staging area. Exits with 0 exactly when every ' +
    'byte that something points to is good, else with 7, and names the commits and paths that are lost. With --sample a part of the contents is ' +
    'read, what was not checked for the longest time first; all else is checked whole.';
  static override examples = [
    'oxen fsck',
    'oxen fsck --json',
    'oxen fsck --sample 1%',
    'oxen fsck --repair --from origin',
  ];
  static override group = 'plumbing' as const;
  static override enableJsonFlag = true;
  static override flags = {
    ...jobsFlag,
    sample: Flags.string({
      helpValue: 'PERCENT',
      exclusive: ['repair'],
      description: 'Read only so much of the contents, the part checked longest ago.',
    }),
    repair: Flags.boolean({ description: 'Fetch what is missing or damaged from a remote.' }),
    from: Flags.string({
      default: 'origin',
      helpValue: 'REMOTE',
      description: 'The remote of --repair.',
    }),
    'rebuild-index': Flags.boolean({ description: 'Make the index anew from the packs.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Fsck);
    if (flags['rebuild-index']) await this.#rebuild();
    const { sample } = flags;
    const sampling = sample === undefined ? {} : { sampleShare: readShare(sample) };
    const readOnly = sample === undefined && !flags.repair;
    const options = { readOnly, checkDatabase: true, jobs: flags.jobs };
    await using repository = await this.openRepository(options);
    if (flags.repair) return await this.#repair(repository, flags.from);
    const report = await repository.fsck(sampling);
    if (report.problems.length > 0) this.exitCode = exitCodes.integrity;
    this.report(report, () => renderFsck(report));
  }

  async #repair(repository: Repository, remote: string): Promise<void> {
    const { nodeCount, contentCount, after } = await repository.repair(remote);
    this.note(`Fetched ${nodeCount} nodes and ${contentCount} version files from ${remote}`);
    if (after.problems.length > 0) this.exitCode = exitCodes.integrity;
    this.report({ ...after, repaired: { nodeCount, contentCount } }, () => renderFsck(after));
  }

  async #rebuild(): Promise<void> {
    const { rebuildRepositoryIndex } = await import('../index.js');
    const { packCount, recordCounts, problems, setAside } = await rebuildRepositoryIndex(this.cwd);
    const counts = [...recordCounts].map(([kind, count]) => `${count} ${kind}`).join(', ');
    this.note(`Rebuilt the index from ${packCount} packs: ${counts || 'no records'}`);
    this.note(
      'Branches, tags and commits are not in packs: fetch them from a remote, or commit anew.',
    );
    if (setAside !== undefined) this.note(`The damaged database was kept: ${setAside}`);
    for (const problem of problems) this.note(problem);
  }
}

/** Returns a share from a text such as `1%`. @throws InvalidInputError when it is none */
function readShare(text: string): number {
  const percent = Number(/^(\d+(?:\.\d+)?)%?$/.exec(text)?.[1]);
  if (percent > 0 && percent <= 100) return percent / 100;
  throw new InvalidInputError(`'${text}' is no percentage above 0.`, { hint: '--sample 1%' });
}
