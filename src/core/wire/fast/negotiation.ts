/**
 * The header by which two of ours find each other. The client sends it with its first request; a server that knows it
 * answers with what both can do. Stock clients and servers ignore it, and then the standard protocol is spoken.
 *
 * `oxen-fast: 1; codecs=raw,deflate,brotli` - the version of the framing, and the codecs of stored bytes that can be read.
 */
import { recordCodecs } from '../../format/pack-record.js';

/** The name of the header, lower case. */
export const fastHeader = 'oxen-fast';

/** The version of the framing that this program speaks. */
export const fastVersion = 1;

/** What a peer offers. */
export interface FastOffer {
  readonly version: number;
  readonly codecs: readonly number[]; // numbers of `recordCodecs` that it can read
}

/** What this program offers. */
export const ownOffer: FastOffer = {
  version: fastVersion,
  codecs: [recordCodecs.raw, recordCodecs.deflateRaw, recordCodecs.brotli],
};

const longestHeader = 200;
const codecsByName: ReadonlyMap<string, number> = new Map([
  ['raw', recordCodecs.raw],
  ['deflate', recordCodecs.deflateRaw],
  ['brotli', recordCodecs.brotli],
]);

/** Returns the value of the header. */
export function formatOffer(offer: FastOffer): string {
  const names = [...codecsByName].filter(([, number]) => offer.codecs.includes(number));
  return `${offer.version}; codecs=${names.map(([name]) => name).join(',')}`;
}

/** Returns what a header value offers; undefined when it is absent or malformed, which is no error. */
export function parseOffer(value: string | undefined): FastOffer | undefined {
  if (value === undefined || value.length > longestHeader) return undefined;
  const [, version, names = 'raw'] =
    /^(\d{1,4})(?:\s*;\s*codecs=([a-z0-9,-]*))?(?:\s*;.*)?$/.exec(value) ?? [];
  if (version === undefined) return undefined;
  const codecs = names.split(',').flatMap((name) => codecsByName.get(name) ?? []);
  return { version: Number(version), codecs };
}

/** Returns what both sides can do; undefined when they have to speak the standard protocol. */
export function agree(own: FastOffer, other: FastOffer | undefined): FastOffer | undefined {
  if (other === undefined) return undefined;
  const codecs = own.codecs.filter((codec) => other.codecs.includes(codec));
  const version = Math.min(own.version, other.version);
  return version >= 1 && codecs.includes(recordCodecs.raw) ? { version, codecs } : undefined;
}
