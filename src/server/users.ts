/** Who may do what: tokens compared in constant time, rights by namespace. Changes of the file count at once. */
import { createHash, timingSafeEqual } from 'node:crypto';
import {
  readUsers,
  type StoredUser,
  type UserRights,
  usersVersion,
} from '../core/store/users-file.js';
import type { RouteAccess } from '../core/wire/routes.js';

/** A user who has shown their token. */
export type User = Omit<StoredUser, 'tokenHash'>;

const levels: Readonly<Record<UserRights, number>> = { read: 1, write: 2, admin: 3 };

/** The users of a server. */
export class UserTable {
  readonly #serverDirectory: string;
  #version: string | undefined;
  #users: readonly StoredUser[] = [];

  constructor(serverDirectory: string) {
    this.#serverDirectory = serverDirectory;
  }

  /** Returns the user whose token an `authorization` header carries, undefined when there is none. */
  identify(header: string | undefined): User | undefined {
    const token = /^Bearer +([\x21-\x7e]{1,512}) *$/i.exec(header ?? '')?.[1];
    if (token === undefined) return undefined;
    const hash = createHash('sha256').update(token).digest();
    let found: User | undefined;
    for (const user of this.#current()) {
      const stored = Buffer.from(user.tokenHash, 'hex');
      if (stored.length === hash.length && timingSafeEqual(stored, hash)) found = user;
    }
    return found;
  }

  #current(): readonly StoredUser[] {
    const version = usersVersion(this.#serverDirectory);
    if (version !== this.#version) {
      this.#users = readUsers(this.#serverDirectory);
      this.#version = version;
    }
    return this.#users;
  }
}

/** Returns the hash under which a token is kept. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * Says whether a user may do what a route does.
 * @param namespace that the request is about, undefined when it is about none
 */
export function isAllowed(user: User, access: RouteAccess, namespace: string | undefined): boolean {
  if (access === 'public') return true;
  if (levels[user.rights] < levels[access]) return false;
  if (namespace === undefined || user.namespaces.length === 0) return true;
  return user.namespaces.includes(namespace);
}
