/** The verb `branch`. */
import { InvalidInputError } from '../core/model/errors.js';
import type { Repository } from '../index.js';
import { Args, Flags } from '../ui/declarations.js';
import { RepositoryVerb } from '../ui/repository-verb.js';

export default class Branch extends RepositoryVerb {
  static override summary = 'List, make, rename and delete branches';
  static override description =
    'Without a name it lists the branches, the checked-out one with a star.';
  static override examples = [
    'oxen branch',
    'oxen branch feature',
    'oxen branch -d feature',
    'oxen branch -m new-name',
    'oxen branch -r origin',
  ];
  static override group = 'branch' as const;
  static override completions = {
    name: 'branch',
    start: 'revision',
    '--delete': 'branch',
    '--force-delete': 'branch',
    '--remote': 'remote',
  } as const;
  static override enableJsonFlag = true;
  static override args = {
    name: Args.string({ description: 'The branch to make.' }),
    start: Args.string({ description: 'Where it points to; HEAD when absent.' }),
  };
  static override flags = {
    all: Flags.boolean({ char: 'a', description: 'Branches of remotes as well.' }),
    remote: Flags.string({
      char: 'r',
      description: 'Ask this remote for its branches, or delete one there with -d.',
    }),
    force: Flags.boolean({
      char: 'f',
      description: 'Point the branch to a commit, also when it exists.',
    }),
    delete: Flags.string({ char: 'd', description: 'Delete this branch if it is merged.' }),
    'force-delete': Flags.string({ char: 'D', description: 'Delete this branch in any case.' }),
    move: Flags.string({ char: 'm', description: 'Rename the checked-out branch, or NAME.' }),
    'show-current': Flags.boolean({ description: 'Print the name of the checked-out branch.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Branch);
    await using repository = await this.openRepository({ readOnly: 'when-denied' });
    const doomed = flags['force-delete'] ?? flags.delete;
    if (flags['show-current']) {
      this.#showCurrent(repository.currentBranch());
    } else if (flags.remote !== undefined) {
      await this.#onRemote(repository, flags.remote, doomed);
    } else if (doomed !== undefined) {
      const commitId = repository.deleteBranch(doomed, {
        force: flags['force-delete'] !== undefined,
      });
      this.report({ deleted: doomed, commitId }, () => '');
    } else if (flags.move !== undefined) {
      const from = args.name ?? repository.currentBranch();
      if (from === undefined)
        throw new InvalidInputError('No branch is checked out: name the one to rename.');
      repository.renameBranch(from, flags.move);
      this.report({ from, to: flags.move }, () => '');
    } else if (args.name === undefined) {
      this.#list(repository.branches(), flags.all ? repository.remoteBranches() : []);
    } else if (flags.force) {
      if (args.start === undefined)
        throw new InvalidInputError('Must supply a commit ID with --force');
      const id = repository.forceBranch(args.name, args.start);
      this.report(
        { branch: args.name, commitId: id },
        () => `Updated branch '${args.name}' to ${id}\n`,
      );
    } else {
      repository.createBranch(args.name, args.start);
      this.report({ branch: args.name }, () => '');
    }
  }

  #showCurrent(branch: string | undefined): void {
    this.report({ branch: branch ?? null }, () => (branch === undefined ? '' : `${branch}\n`));
  }

  async #onRemote(repository: Repository, remote: string, doomed: string | undefined) {
    if (doomed !== undefined) {
      await repository.pushDelete({ remote, branch: doomed });
      this.report({ deleted: { remote, branch: doomed } }, () => '');
      return;
    }
    const branches = await repository.branchesOf(remote);
    this.report({ remote, branches }, () =>
      branches.map(({ name }) => `${remote}\t${name}\n`).join(''),
    );
  }

  #list(
    branches: readonly { name: string; isCurrent: boolean }[],
    remote: readonly { remote: string; name: string }[],
  ): void {
    const { paint } = this.session.out;
    const local = branches.map(({ name, isCurrent }) =>
      isCurrent ? paint('green', `* ${name}`) : `  ${name}`,
    );
    const lines = [...local, ...remote.map((branch) => `  ${branch.remote}/${branch.name}`)];
    this.report({ branches, remoteBranches: remote }, () =>
      lines.map((line) => `${line}\n`).join(''),
    );
  }
}
