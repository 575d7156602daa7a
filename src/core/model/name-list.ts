/** Lists of names in the form in which jobs take and give them: one string, joined by NUL. */

/** Returns the names of a joined list; an empty string is an empty list. */
export function splitNames(joined: string): string[] {
  return joined === '' ? [] : joined.split('\0');
}

/** Returns names as one string. */
export function joinNames(names: readonly string[]): string {
  return names.join('\0');
}
