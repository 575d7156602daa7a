/** The verb `commit`. */
import { InvalidInputError, OperationError } from '../core/model/errors.js';
import { Args, Flags } from '../ui/declarations.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';
import { showText } from '../ui/shown-text.js';
import { formatDuration } from '../ui/units.js';

const editorText =
  '\n# Write the message of the commit. Lines that begin with # are left out; an empty message aborts.\n';

export default class Commit extends RepositoryVerb {
  static override summary = 'Record what is staged';
  static override description =
    'Makes a commit of everything that is staged. The message comes from -m, from the argument, or from an editor.';
  static override examples = [
    'oxen commit -m "add the first images"',
    'oxen commit "add the first images"',
    'oxen commit',
  ];
  static override group = 'change' as const;
  static override completions = { text: 'none' } as const;
  static override enableJsonFlag = true;
  static override args = { text: Args.string({ description: 'The message.' }) };
  static override flags = {
    ...jobsFlag,
    message: Flags.string({ char: 'm', description: 'The message.' }),
    'allow-empty': Flags.boolean({ description: 'Commit although nothing is staged.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Commit);
    const started = performance.now();
    if (flags.message !== undefined && args.text !== undefined) {
      throw new InvalidInputError('The message was given twice: with -m and as an argument.');
    }
    const { requireIdentity } = await import('../index.js');
    await using repository = await this.openRepository({ jobs: flags.jobs });
    const identity = requireIdentity(this.configPlace);
    const message = flags.message ?? args.text ?? (await this.#editMessage());
    this.print(`Committing with message: ${showText(message)}`);
    const allowEmpty = flags['allow-empty'];
    const commit = await repository.commit(message, identity, { allowEmpty });
    const duration = formatDuration(performance.now() - started);
    this.report(commit, () => `🐂 commit ${commit.id} -> '${showText(message)}' in ${duration}\n`);
  }

  async #editMessage(): Promise<string> {
    const { readUserConfig } = await import('../index.js');
    const { chooseEditor, editText } = await import('../ui/editor.js');
    const editor = chooseEditor(readUserConfig(this.configPlace).editor, this.session.environment);
    const message = await editText(editor, editorText);
    if (message !== '') return message;
    throw new OperationError('Aborting commit due to empty commit message.');
  }
}
