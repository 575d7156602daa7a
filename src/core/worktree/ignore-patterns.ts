/**
 * Rewrites the patterns of an ignore file so that they mean the same from the root of the tree: the rules of all files
 * on the way to a directory are then one list, in which the last match decides as in git (gitignore(5)).
 */

/**
 * Returns the patterns of `text`, the ignore file of `directory`, each anchored at that directory.
 * Comments, empty lines and patterns that can match nothing are left out.
 */
export function anchorPatterns(text: string, directory: string): string[] {
  const prefix = directory === '' ? '' : `/${escapePattern(directory)}`;
  const patterns: string[] = [];
  for (const line of text.replace(/^\ufeff/, '').split('\n')) {
    const pattern = anchorPattern(line.endsWith('\r') ? line.slice(0, -1) : line, prefix);
    if (pattern !== undefined) patterns.push(pattern);
  }
  return patterns;
}

function anchorPattern(line: string, prefix: string): string | undefined {
  if (line === '' || line.startsWith('#')) return undefined;
  const negation = line.startsWith('!') ? '!' : '';
  const body = line.slice(negation.length);
  const length = lengthWithoutSpaces(body);
  if (length === 0 || (length === 1 && body.startsWith('/'))) return undefined;
  if (prefix === '') return line;
  const slash = body.indexOf('/');
  if (slash === 0) return `${negation}${prefix}${body}`;
  // A slash inside binds the pattern to its directory; one at the end only asks for a directory.
  if (slash > 0 && slash < length - 1) return `${negation}${prefix}/${body}`;
  return `${negation}${prefix}/**/${singleStars(body)}`;
}

/** Length of `body` before the spaces at its end, which are no part of a pattern. */
function lengthWithoutSpaces(body: string): number {
  let length = body.length;
  while (body[length - 1] === ' ') length--;
  return length;
}

/** In a pattern of one name, `**` means no more than `*`; behind a prefix it would cross directories. */
function singleStars(body: string): string {
  return body.replace(/(\\.)|\*{2,}/g, (_, escaped: string | undefined) => escaped ?? '*');
}

/** Makes every character of a path stand for itself in a pattern. */
function escapePattern(path: string): string {
  return path.replace(/[\\*?[\]!# ]/g, '\\$&');
}
