/**
 * Text as lines. A line keeps its ending, so joining the lines gives the text back byte by byte: CRLF, mixed endings and a
 * last line without an ending are all kept.
 */

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Returns the text of `bytes`, a byte order mark included; undefined when it is not valid UTF-8 or holds a NUL. */
export function decodeText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Splits text after each line feed; only the last line may have no ending, and no line is empty. */
export function splitLines(text: string): string[] {
  const lines: string[] = [];
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    lines.push(text.slice(start, end + 1));
    start = end + 1;
  }
  if (start < text.length) lines.push(text.slice(start));
  return lines;
}

/** Returns the ending of a line: `\r\n`, `\n`, or empty. */
export function lineEnding(line: string): '\r\n' | '\n' | '' {
  if (!line.endsWith('\n')) return '';
  return line.endsWith('\r\n') ? '\r\n' : '\n';
}

/** Returns a line without its ending. */
export function withoutEnding(line: string): string {
  return line.endsWith('\n') ? line.slice(0, line.length - lineEnding(line).length) : line;
}
