/**
 * The header by which two of ours find each other. The client sends it with its first request; a server that knows it
 * answers with its own. Original clients and servers ignore it, and then the standard protocol is spoken.
 *
 * `oxen-fast: 1` - the newest version of the framing that the sender speaks. A version covers everything: frames, routes,
 * and the codecs of stored records (version 1: raw, deflate-raw, brotli).
 */

/** The name of the header, lower case. */
export const fastHeader = 'oxen-fast';

/** The version of the framing that this program speaks. */
export const fastVersion = 1;

/** Returns the value of the header that this program sends. */
export function formatOffer(): string {
  return String(fastVersion);
}

/** Says whether both sides speak the framing, by the header of the other one; what is absent or malformed is no error. */
export function isFastOffered(value: unknown): boolean {
  const [, version] = typeof value === 'string' ? (/^(\d{1,4})(?:\s*;.*)?$/.exec(value) ?? []) : [];
  return version !== undefined && Number(version) >= fastVersion;
}
