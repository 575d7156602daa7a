/** The flags that every verb has, and the one of verbs that report. */
import { Flags } from './declarations.js';

const helpGroup = 'GLOBAL';

/** Flags of every verb. `ui/session` looks for them among the words before these are parsed. */
export const commonFlags = {
  color: Flags.string({
    options: ['auto', 'always', 'never'],
    default: 'auto',
    description: 'When to use colours.',
    helpGroup,
    helpValue: 'WHEN',
  }),
  'config-dir': Flags.string({
    description: 'Directory of the user settings, instead of ~/.config/oxen.',
    helpGroup,
    helpValue: 'DIR',
  }),
  progress: Flags.string({
    options: ['auto', 'always', 'never', 'json'],
    default: 'auto',
    description: 'On a terminal; always, as lines in a log; never; json, a document a line.',
    helpGroup,
    helpValue: 'HOW',
  }),
  quiet: Flags.boolean({ char: 'q', description: 'No progress and no notes.', helpGroup }),
};

/** The flag of verbs that report. */
export const jsonFlag = {
  json: Flags.boolean({ description: 'Print one JSON document.', helpGroup }),
};

/** The flag of verbs whose output is paged. */
export const pagerFlag = {
  'no-pager': Flags.boolean({ description: 'Print long output without a pager.', helpGroup }),
};
