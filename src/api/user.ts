/** Who uses this program on this machine: name, email, editor, tokens, in the files that the original client uses too. */
import { InvalidInputError } from '../core/model/errors.js';
import type { Identity } from '../core/ops/commit.js';
import {
  type ConfigPlace,
  readAuthConfig,
  readUserConfig,
  type UserConfig,
  writeAuthConfig,
  writeUserConfig,
} from '../core/store/user-config.js';

/** Returns who commits, undefined when name or email are not set. */
export function findIdentity(place: ConfigPlace): Identity | undefined {
  const { name, email } = readUserConfig(place);
  return name === undefined || email === undefined ? undefined : { name, email };
}

/** Returns who commits. @throws InvalidInputError when name or email are not set */
export function requireIdentity(place: ConfigPlace): Identity {
  const identity = findIdentity(place);
  if (identity !== undefined) return identity;
  throw new InvalidInputError('oxen not configured, set email and name with:', {
    hint: 'oxen config --name YOUR_NAME --email YOUR_EMAIL',
  });
}

/** Sets those of name, email and editor that are given. */
export function setUser(
  place: ConfigPlace,
  changes: { readonly [Key in keyof UserConfig]?: UserConfig[Key] },
): void {
  const { name, email, editor } = readUserConfig(place);
  writeUserConfig(place, {
    name: changes.name ?? name,
    email: changes.email ?? email,
    editor: changes.editor ?? editor,
  });
}

/** Sets the token for a host (`host` or `host:port`; a scheme in front of it is dropped). */
export function setToken(place: ConfigPlace, host: string, token: string): void {
  const config = readAuthConfig(place);
  const tokens = new Map(config.tokens).set(withoutScheme(host), token);
  writeAuthConfig(place, { ...config, tokens });
}

/** Sets the host that is used when none is named. */
export function setDefaultHost(place: ConfigPlace, host: string): void {
  writeAuthConfig(place, { ...readAuthConfig(place), defaultHost: withoutScheme(host) });
}

function withoutScheme(host: string): string {
  return host.replace(/^[a-z]+:\/\//i, '').replace(/\/+$/, '');
}
