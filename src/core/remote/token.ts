/**
 * Which of the user's tokens may go to a remote. A token is bound to scheme, host and port, so that neither another
 * server nor an unencrypted twin of the same host ever sees it.
 */
import type { RemoteUrl } from '../wire/remote-url.js';

/** A token and the one origin to which it may be sent. */
export interface BearerToken {
  readonly origin: string; // `scheme://host[:port]`, without the default port of the scheme
  readonly value: string;
}

const loopbackNames = ['localhost', '127.0.0.1', '0.0.0.0', '[::1]'];

/** Returns the origin of a remote, `scheme://host[:port]`, without the default port of the scheme. */
export function originOf(remote: Pick<RemoteUrl, 'scheme' | 'host'>): string {
  return new URL(`${remote.scheme}://${remote.host}`).origin;
}

/**
 * Returns the user's token for a remote, if there is one. Tokens are listed by `scheme://host[:port]`, which must fit
 * exactly, or, as real Oxen writes them, by `host[:port]`; such a one goes over https, and over http only to this
 * machine or to a port that the user named.
 */
export function findToken(
  tokens: ReadonlyMap<string, string>,
  remote: Pick<RemoteUrl, 'scheme' | 'host'>,
): BearerToken | undefined {
  const origin = originOf(remote);
  const { hostname, port } = new URL(origin);
  const isProtected = remote.scheme === 'https' || port !== '' || loopbackNames.includes(hostname);
  const value = tokens.get(origin) ?? (isProtected ? tokens.get(remote.host) : undefined);
  return value === undefined ? undefined : { origin, value };
}
