/**
 * The user's own configuration, shared with real Oxen: `user_config.toml` (who commits) and `auth_config.toml`
 * (tokens of hosts) in `~/.config/oxen`. Both are readable by the user only. The environment is an argument.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { wrapSystemError } from '../model/errors.js';
import {
  mergeTable,
  readTomlFile,
  stringOf,
  type TomlTable,
  tablesOf,
  writeTomlFile,
} from './toml-file.js';

/** What decides where the configuration is. */
export interface ConfigPlace {
  readonly homeDirectory: string;
  readonly configDirectory?: string | undefined; // `--config-dir` or OXEN_CONFIG_DIR
}

/** Who commits. */
export interface UserConfig {
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly editor: string | undefined;
}

/** Tokens by host. */
export interface AuthConfig {
  readonly defaultHost: string | undefined;
  readonly tokens: ReadonlyMap<string, string>; // `host` or `host:port` -> token
}

const privateMode = 0o600;

/** Returns the directory of the user's configuration. */
export function userConfigDirectory(place: ConfigPlace): string {
  const given = place.configDirectory;
  return given === undefined || given === '' ? join(place.homeDirectory, '.config', 'oxen') : given;
}

/** Returns who commits; fields that are not set are undefined. */
export function readUserConfig(place: ConfigPlace): UserConfig {
  const table = readTomlFile(join(userConfigDirectory(place), 'user_config.toml')) ?? {};
  return {
    name: stringOf(table, 'name'),
    email: stringOf(table, 'email'),
    editor: stringOf(table, 'editor'),
  };
}

/** Writes who commits; keys that are not part of it stay as they are. Durable on return. */
export function writeUserConfig(place: ConfigPlace, config: UserConfig): void {
  const { name, email, editor } = config;
  changeFile(place, 'user_config.toml', (table) => mergeTable(table, { name, email, editor }));
}

/** Returns the tokens; those of the earliest place, `~/.oxen/auth_config.toml`, when there is no newer file. */
export function readAuthConfig(place: ConfigPlace): AuthConfig {
  const path = join(userConfigDirectory(place), 'auth_config.toml');
  const table = readTomlFile(path);
  if (table !== undefined) return authOf(table, path);
  return earliestAuthOf(readTomlFile(join(place.homeDirectory, '.oxen', 'auth_config.toml')) ?? {});
}

/** Writes the tokens; keys that are not part of them stay as they are. Durable on return. */
export function writeAuthConfig(place: ConfigPlace, config: AuthConfig): void {
  changeFile(place, 'auth_config.toml', (table, path) => {
    const known = tablesOf(table, 'host_configs', path);
    const hosts = [...config.tokens].map(([host, auth_token]) =>
      mergeTable(known.find((entry) => entry['host'] === host) ?? {}, { host, auth_token }),
    );
    return mergeTable(table, { default_host: config.defaultHost, host_configs: hosts });
  });
}

function changeFile(
  place: ConfigPlace,
  name: string,
  change: (table: TomlTable, path: string) => TomlTable,
): void {
  const directory = userConfigDirectory(place);
  const path = join(directory, name);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw wrapSystemError(error, `Cannot create ${directory}`, directory);
  }
  writeTomlFile(path, change(readTomlFile(path) ?? {}, path), privateMode);
}

function authOf(table: TomlTable, path: string): AuthConfig {
  const tokens = new Map<string, string>();
  for (const entry of tablesOf(table, 'host_configs', path)) {
    const host = stringOf(entry, 'host');
    const token = stringOf(entry, 'auth_token');
    if (host !== undefined && token !== undefined) tokens.set(host, token);
  }
  return { defaultHost: stringOf(table, 'default_host'), tokens };
}

/** Reads the form of 2022: one host, and the token in the table of the user. */
function earliestAuthOf(table: TomlTable): AuthConfig {
  const host = stringOf(table, 'host');
  const user = table['user'];
  const token =
    typeof user === 'object' && !Array.isArray(user) && !(user instanceof Date)
      ? stringOf(user, 'token')
      : undefined;
  const tokens = new Map<string, string>();
  if (host !== undefined && token !== undefined) tokens.set(host, token);
  return { defaultHost: host, tokens };
}
