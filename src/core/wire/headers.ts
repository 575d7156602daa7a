/**
 * The headers of the protocol and what is in them: names, the versions we speak for, the version gate, request ids.
 * The header that switches on the fast path between two of ours is in `frames`.
 */

/** The version of Oxen whose protocol this is; sent as `oxen-version` and in answers. */
export const protocolVersion = '0.65.2';

/** The oldest client that is let in, and the `min_version` of every repository. */
export const minClientVersion = '0.36.0';

/** Header names, lower case. */
export const headerNames = {
  version: 'oxen-version',
  requestId: 'x-oxen-request-id',
  revision: 'oxen-revision-id', // on file streams: the commit that last touched the file
  retryAfter: 'retry-after', // whole seconds
} as const;

/**
 * Returns the user agent of our client; it passes the version gate of stock servers.
 * @param platform as `process.platform` names it
 */
export function userAgent(platform: string, ownVersion: string): string {
  const names: Readonly<Record<string, string>> = {
    linux: 'Linux',
    darwin: 'MacOS',
    win32: 'Windows',
  };
  return `Oxen/${protocolVersion} (${names[platform] ?? 'Unknown'}; CLI) oxen-ts/${ownVersion}`;
}

/**
 * Says whether a client must be turned away as too old: one that calls itself oxen in any case, but not Postman, whose
 * text after the first slash does not start with a version of at least `minClientVersion`.
 */
export function isOutdatedAgent(agent: string | undefined): boolean {
  if (agent === undefined || !/oxen/i.test(agent) || agent.includes('Postman')) return false;
  const version = /^[^/]*\/(\d{1,9})\.(\d{1,9})\.(\d{1,9})/.exec(agent);
  if (version === null) return true;
  const found = version.slice(1).map(Number);
  const least = minClientVersion.split('.').map(Number);
  for (let index = 0; index < least.length; index++) {
    const difference = (found[index] ?? 0) - (least[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Returns the request id to use: the client's own when it is well formed, else what `makeId` gives. */
export function requestIdOf(sent: string | undefined, makeId: () => string): string {
  return sent !== undefined && /^[A-Za-z0-9_-]{1,128}$/.test(sent) ? sent : makeId();
}
