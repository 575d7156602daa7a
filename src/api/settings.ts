/** All settings that are in force, and where each comes from: what `oxen config --list` shows. Tokens are never among the values. */
import { join } from 'node:path';
import {
  hasEngineConfig,
  readEngineConfig,
  readRepositoryConfig,
} from '../core/store/config-files.js';
import {
  type ConfigPlace,
  readAuthConfig,
  readUserConfig,
  userConfigDirectory,
} from '../core/store/user-config.js';

/** A setting. */
export interface Setting {
  readonly name: string;
  readonly value: string;
  readonly origin: string; // path of a file, `default`, or `environment NAME`
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that stand for a setting, by the name of the setting; the first that is set counts. */
const variables: readonly (readonly [name: string, variables: readonly string[]])[] = [
  ['jobs', ['OXEN_NUM_THREADS']],
  ['retries', ['OXEN_NUM_RETRIES']],
  ['pager', ['OXEN_PAGER', 'PAGER']],
];

/**
 * Returns the settings, those of the user first.
 * @param controlDirectory of the repository; undefined outside of one
 */
export function listSettings(
  place: ConfigPlace,
  controlDirectory: string | undefined,
  environment: Environment,
): Setting[] {
  return [
    ...userSettings(place, environment),
    ...(controlDirectory === undefined ? [] : repositorySettings(controlDirectory)),
    ...variables.flatMap(([name, known]) => fromEnvironment(name, known, environment)),
  ];
}

function userSettings(place: ConfigPlace, environment: Environment): Setting[] {
  const directory = userConfigDirectory(place);
  const userFile = join(directory, 'user_config.toml');
  const authFile = join(directory, 'auth_config.toml');
  const { name, email, editor } = readUserConfig(place);
  const { defaultHost, tokens } = readAuthConfig(place);
  const editorElsewhere = fromEnvironment('editor', ['VISUAL', 'EDITOR'], environment);
  return [
    ...setting('name', name, userFile),
    ...setting('email', email, userFile),
    ...(editor === undefined ? editorElsewhere : setting('editor', editor, userFile)),
    ...setting('default-host', defaultHost, authFile),
    ...[...tokens.keys()].flatMap((host) => setting(`auth.${host}`, '(a token)', authFile)),
  ];
}

function repositorySettings(controlDirectory: string): Setting[] {
  const file = join(controlDirectory, 'config.toml');
  const { remotes, remoteName } = readRepositoryConfig(controlDirectory);
  const { compression } = readEngineConfig(controlDirectory);
  const isSet = hasEngineConfig(controlDirectory);
  return [
    ...remotes.flatMap(({ name, url }) => setting(`remote.${name}`, url, file)),
    ...setting('default-remote', remoteName, file),
    ...setting(
      'compression',
      compression,
      isSet ? join(controlDirectory, 'engine.toml') : 'default',
    ),
  ];
}

function setting(name: string, value: string | undefined, origin: string): Setting[] {
  return value === undefined ? [] : [{ name, value, origin }];
}

function fromEnvironment(
  name: string,
  known: readonly string[],
  environment: Environment,
): Setting[] {
  const variable = known.find((candidate) => (environment[candidate] ?? '') !== '');
  if (variable === undefined) return [];
  return setting(name, environment[variable], `environment ${variable}`);
}
