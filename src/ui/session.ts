/**
 * What one run of a verb gets from outside: the two streams, the environment, and the flags that every verb has. These are
 * looked for before the words are parsed, because an error while parsing is shown by them too.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type ColourChoice, type Environment, painter, wantsColour } from './colour.js';
import { isTerminalDescriptor, type Output, outputOfDescriptor } from './output.js';

/** What the user asked for with `--progress`. */
export type ProgressChoice = 'auto' | 'always' | 'never' | 'json';

/** The surroundings of one run. */
export interface Session {
  readonly out: Output; // results
  readonly err: Output; // errors, notes and progress
  readonly environment: Environment;
  readonly configDir: string; // of the user's settings; as typed, so relative to the working directory
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly progress: ProgressChoice;
  readonly isDebug: boolean; // shows where errors come from
  readonly isPaged: boolean; // long output goes through a pager
}

/** Returns the session of this process for a verb that is called with `words`. */
export async function openSession(words: readonly string[]): Promise<Session> {
  const environment = process.env;
  const common = readCommonFlags(words);
  const open = async (descriptor: number): Promise<Output> => {
    const isTerminal = await isTerminalDescriptor(descriptor);
    const paint = painter(wantsColour(common.colour, environment, isTerminal));
    return outputOfDescriptor(descriptor, isTerminal, paint);
  };
  const out = await open(1);
  return {
    out,
    err: await open(2),
    environment,
    configDir: common.configDir ?? defaultConfigDir(environment),
    isJson: common.isJson,
    isQuiet: common.isQuiet,
    progress: common.progress,
    isDebug: isSwitchedOn(environment['OXEN_DEBUG']),
    isPaged: out.isTerminal && !common.noPager,
  };
}

/** The flags of every verb. */
export interface CommonFlags {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly progress: ProgressChoice;
  readonly colour: ColourChoice;
  readonly configDir: string | undefined;
  readonly noPager: boolean;
}

const progressChoices = ['auto', 'always', 'never', 'json'] as const;

/** Returns the flags of every verb that stand among `words` before `--`; malformed ones count as not given. */
export function readCommonFlags(words: readonly string[]): CommonFlags {
  const dashes = words.indexOf('--');
  const before = dashes < 0 ? words : words.slice(0, dashes);
  const valueAfter = (flag: string): string | undefined => {
    const index = before.indexOf(flag);
    if (index >= 0) return before[index + 1];
    return before.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1);
  };
  const colour = valueAfter('--color');
  const progress = valueAfter('--progress');
  return {
    isJson: before.includes('--json'),
    isQuiet: before.includes('--quiet') || before.includes('-q'),
    progress: progressChoices.find((choice) => choice === progress) ?? 'auto',
    colour: colour === 'always' || colour === 'never' ? colour : 'auto',
    configDir: valueAfter('--config-dir'),
    noPager: before.includes('--no-pager'),
  };
}

function defaultConfigDir(environment: Environment): string {
  const own = environment['OXEN_CONFIG_DIR'];
  return own === undefined || own === '' ? join(homedir(), '.config', 'oxen') : own;
}

function isSwitchedOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
