/**
 * What the verbs of the stash share: how an entry is named, and the work of those that differ in one word. These classes declare
 * nothing of their own: oclif would lose what lies behind them.
 */
import { InvalidInputError } from '../core/model/errors.js';
import { Args, Flags } from './declarations.js';
import { jobsFlag, RepositoryVerb } from './repository-verb.js';
import { showText } from './shown-text.js';

/** The argument that names an entry. */
export const stashEntryArgument = {
  entry: Args.string({
    description: 'Number of the entry, as oxen stash list shows it; 0, the newest, when absent.',
  }),
};

/** Returns the number of an entry, typed as `1` or `stash@{1}`. @throws InvalidInputError when it is neither */
export function parseStashEntry(text: string | undefined): number {
  if (text === undefined || text === 'stash') return 0;
  const [, braced, plain] = /^(?:stash@\{(\d{1,9})\}|(\d{1,9}))$/.exec(text) ?? [];
  const digits = braced ?? plain;
  if (digits !== undefined) return Number(digits);
  throw new InvalidInputError(`'${text}' is not an entry of the stash.`, {
    hint: 'Name it by its number: oxen stash list',
  });
}

/** Returns the first line of an entry's message, fit for the screen. */
export function stashTitle({ message }: { readonly message: string }): string {
  return showText(message.split('\n')[0] ?? '');
}

/** Flags of `stash` and `stash push`. */
export const stashPushFlags = {
  ...jobsFlag,
  message: Flags.string({ char: 'm', description: 'What the entry is called.' }),
  'include-untracked': Flags.boolean({
    char: 'u',
    description: 'Files that are not tracked as well.',
  }),
};

/** `stash` and `stash push`. */
export abstract class StashPushVerb extends RepositoryVerb {
  async run(): Promise<void> {
    const { flags } = await this.parse({ args: {}, flags: stashPushFlags });
    await using repository = await this.openRepository({ jobs: flags.jobs });
    const { findIdentity } = await import('../index.js');
    const identity = findIdentity(this.configPlace);
    const entry = await repository.stash({
      ...(flags.message === undefined ? {} : { message: flags.message }),
      untracked: flags['include-untracked'],
      ...(identity === undefined ? {} : { identity }),
    });
    this.report(entry, () => `Stashed: ${stashTitle(entry)}\n`);
  }
}

/** `stash apply` and `stash pop`. */
export abstract class StashBackVerb extends RepositoryVerb {
  /** Whether the entry goes when its changes are back. */
  protected abstract readonly drops: boolean;

  async run(): Promise<void> {
    const { args, flags } = await this.parse({ args: stashEntryArgument, flags: jobsFlag });
    await using repository = await this.openRepository({ jobs: flags.jobs });
    const index = parseStashEntry(args.entry);
    const entry = await repository.applyStash({ index, drop: this.drops });
    const done = this.drops ? 'Applied and removed' : 'Applied';
    this.report(entry, () => `${done} stash@{${index}}: ${stashTitle(entry)}\n`);
  }
}
