/**
 * The users of a server: `users.toml` in its own directory. Of a token only the SHA-256 is kept; a token has 256 random bits, so
 * nothing slower is needed. The file is readable by the owner only.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidInputError, wrapSystemError } from '../model/errors.js';
import { readTomlFile, stringOf, type TomlTable, tablesOf, writeTomlFile } from './toml-file.js';

/** What a user may do in the namespaces given to them: read, also write, also remove repositories. */
export type UserRights = 'read' | 'write' | 'admin';

/** A user as the file has them. */
export interface StoredUser {
  readonly name: string;
  readonly email: string;
  readonly tokenHash: string; // SHA-256 of the token, 64 hex digits
  readonly rights: UserRights;
  readonly namespaces: readonly string[]; // none: all of them
}

const privateMode = 0o600;

/** Returns the users, none when there is no file. @throws OperationError when the file is not valid */
export function readUsers(serverDirectory: string): StoredUser[] {
  const path = pathOf(serverDirectory);
  const table = readTomlFile(path) ?? {};
  return tablesOf(table, 'users', path).map(userOf);
}

/** Returns what changes when the file changes, for a reader that keeps what it read. */
export function usersVersion(serverDirectory: string): string {
  const stat = statSync(pathOf(serverDirectory), { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.mtimeMs} ${stat.ino} ${stat.size}`;
}

/** Adds a user, in the place of one with the same email address. Durable on return. */
export function putUser(serverDirectory: string, user: StoredUser): void {
  try {
    mkdirSync(serverDirectory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw wrapSystemError(error, `Cannot create ${serverDirectory}`, serverDirectory);
  }
  const others = readUsers(serverDirectory).filter(({ email }) => email !== user.email);
  const users = [...others, user].map(tableOf);
  writeTomlFile(pathOf(serverDirectory), { users }, privateMode);
}

/** Writes the file that a user puts into their configuration: `auth_config.toml` with one token. Durable on return. */
export function writeTokenFile(path: string, host: string, token: string): void {
  const table = { default_host: host, host_configs: [{ host, auth_token: token }] };
  writeTomlFile(path, table, privateMode);
}

function pathOf(serverDirectory: string): string {
  return join(serverDirectory, 'users.toml');
}

function userOf(table: TomlTable): StoredUser {
  const rights = stringOf(table, 'rights') ?? 'read';
  if (rights !== 'read' && rights !== 'write' && rights !== 'admin') {
    throw new InvalidInputError(`users.toml: '${rights}' are no rights.`);
  }
  const namespaces = table['namespaces'];
  return {
    name: stringOf(table, 'name') ?? '',
    email: stringOf(table, 'email') ?? '',
    tokenHash: stringOf(table, 'token_sha256') ?? '',
    rights,
    namespaces: Array.isArray(namespaces)
      ? namespaces.filter((item): item is string => typeof item === 'string')
      : [],
  };
}

function tableOf(user: StoredUser): TomlTable {
  const { name, email, tokenHash, rights, namespaces } = user;
  return { name, email, token_sha256: tokenHash, rights, namespaces: [...namespaces] };
}
