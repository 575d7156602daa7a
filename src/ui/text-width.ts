/** How many columns of a terminal a text takes: letters of East Asia and emoji take two, marks and escapes none. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
const escapeSequences = /\u001b\[[0-9;]*m/g;

const plain = /^[\u0020-\u007e]*$/;
const invisible = /^[\p{Mark}\p{Cc}\p{Cf}]$/u;

/** Blocks whose characters are wide (Unicode Standard Annex 11), and emoji. */
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$|^\p{Emoji_Presentation}$/u;

/** Returns the number of columns that `text` takes; escape sequences of colours take none. */
export function textWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const character of text.replace(escapeSequences, '')) {
    if (!invisible.test(character)) width += wide.test(character) ? 2 : 1;
  }
  return width;
}

/** Returns `text` with blanks added up to `width` columns, at its end or with `right` at its start. */
export function padText(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - textWidth(text)));
  return side === 'left' ? text + blanks : blanks + text;
}

/** Returns the start of `text`, without escape sequences, that takes at most `width` columns. */
export function cutText(text: string, width: number): string {
  let used = 0;
  let cut = '';
  for (const character of text) {
    used += textWidth(character);
    if (used > width) return cut;
    cut += character;
  }
  return cut;
}
