/** The guide `oxen help environment`: every variable of the environment that the command line reads. */
import type { Guide } from './guides.js';

/** Variables and what they do; whoever reads a variable adds its row. */
export const environmentVariables: readonly (readonly [name: string, effect: string])[] = [
  ['OXEN_CONFIG_DIR', 'Directory of the user settings; --config-dir goes before it.'],
  ['OXEN_DEBUG', 'Set to 1, errors show where they come from.'],
  ['OXEN_NUM_THREADS', 'Threads for heavy work; --jobs goes before it, all cores when not set.'],
  ['OXEN_NUM_RETRIES', 'How often a request to a server is tried again; 5 when not set.'],
  ['OXEN_FAST', 'Set to 0, servers of ours are spoken to by the standard protocol.'],
  ['OXEN_TMP_DIR', 'Directory for what `oxen upload` sends; that of the system when not set.'],
  ['SYNC_DIR', 'Directory that `oxen serve` serves; --dir goes before it, ./data when not set.'],
  ['OXEN_PAGER', 'Program that long output is shown in; empty or `cat` for none.'],
  ['PAGER', 'The same, when OXEN_PAGER is not set.'],
  ['VISUAL', 'Editor of commit messages, when the settings name none.'],
  ['EDITOR', 'The same, when VISUAL is not set.'],
  ['NO_COLOR', 'Set, nothing is coloured; --color goes before it.'],
  ['FORCE_COLOR', 'Set to anything but 0, everything is coloured.'],
  ['CLICOLOR_FORCE', 'The same, when FORCE_COLOR is not set.'],
  ['CLICOLOR', 'Set to 0, nothing is coloured.'],
  ['TERM', 'Set to `dumb`, nothing is coloured.'],
];

const width = Math.max(...environmentVariables.map(([name]) => name.length));

/** The guide. */
export const environmentGuide: Guide = {
  summary: 'Variables of the environment',
  text: [
    'Variables of the environment that oxen reads. A flag goes before a variable, a variable before a setting.',
    '',
    ...environmentVariables.map(([name, effect]) => `  ${name.padEnd(width)}  ${effect}`),
    '',
  ].join('\n'),
};
