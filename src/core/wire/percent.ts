/**
 * Percent-encoding of request paths. Paths are decoded exactly once; a `%` that starts no escape stands for itself,
 * because the stock client sends file names as `100%.txt` without escaping them.
 */

const oneEscape = /%[0-9a-fA-F]{2}/;
const escapes = /(?:%[0-9a-fA-F]{2})+/g;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Returns `text` with its escapes decoded once, or undefined when they are not valid UTF-8. */
export function decodePercent(text: string): string | undefined {
  if (!oneEscape.test(text)) return text;
  try {
    return text.replace(escapes, (run) => utf8.decode(Buffer.from(run.replaceAll('%', ''), 'hex')));
  } catch {
    return undefined;
  }
}

/** Returns `text` with every character encoded that does not stand for itself in one part of a path. */
export function encodePart(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, encodeCharacter);
}

/** Returns the parts of a path, each encoded, joined by slashes. */
export function encodeParts(parts: readonly string[]): string {
  return parts.map(encodePart).join('/');
}

function encodeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
