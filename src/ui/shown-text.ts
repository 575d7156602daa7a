/** Free text of users, such as commit messages, made safe for a terminal. Names of files are `core/model/shown-name`. */
import { showName } from '../core/model/shown-name.js';

/** Control characters except tab and line feed, and direction controls. */
const suspicious =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Returns `text` with every character that could steer a terminal written as an escape; lines stay lines. */
export function showText(text: string): string {
  return text.replace(suspicious, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** Returns `name` between double quotes on one line, with escapes where it needs them. */
export function quoteName(name: string): string {
  const shown = showName(name);
  return shown === name ? `"${name}"` : shown;
}
