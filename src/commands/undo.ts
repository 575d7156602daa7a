/** The verb `undo`. */
import { Args, Flags } from '../ui/declarations.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';
import { renderOperations, renderUndo } from '../ui/undo-view.js';

export default class Undo extends RepositoryVerb {
  static override summary = 'Take back the last commit or move of a branch';
  static override description =
    'Takes back a commit, merge, pull or checkout, or what was done to a branch or tag; oxen undo --list shows all of them. A commit leaves the ' +
    'files alone and its changes staged; where files must change, local changes are never overwritten. An undo is taken back by another one.';
  static override examples = ['oxen undo', 'oxen undo --list', 'oxen undo 12'];
  static override group = 'change' as const;
  static override enableJsonFlag = true;
  static override completions = { operation: 'none' } as const;
  static override args = {
    operation: Args.integer({ description: 'Number of the operation; the last one when absent.' }),
  };
  static override flags = {
    ...jobsFlag,
    list: Flags.boolean({ char: 'l', description: 'Show what can be taken back, newest first.' }),
    number: Flags.integer({
      char: 'n',
      min: 0,
      description: 'Most operations to show; 20 when absent.',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Undo);
    await using repository = await this.openRepository({ jobs: flags.jobs });
    if (flags.list || flags.number !== undefined) {
      const operations = repository.operations().slice(0, flags.number ?? 20);
      const { paint } = this.session.out;
      this.report({ operations }, () => renderOperations(operations, paint));
      return;
    }
    const result = await repository.undo(args.operation);
    this.report(result, () => renderUndo(result));
  }
}
