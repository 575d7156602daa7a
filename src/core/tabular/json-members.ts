/**
 * The members of a JSON object as they stand in the text. `JSON.parse` gives values, and loses digits of large
 * numbers and the way they were written; here the text of each value is kept.
 */

/** The members of one object, in order, and how its text is laid out. */
export interface JsonMembers {
  readonly values: ReadonlyMap<string, string>; // by name: the text of the value
  readonly names: ReadonlyMap<string, string>; // by name: its text, with quotes
  readonly layout: JsonLayout;
}

/** What stands between the parts of an object. */
export interface JsonLayout {
  readonly open: string; // the brace and what follows it
  readonly colon: string;
  readonly comma: string;
  readonly close: string;
}

const compact: JsonLayout = { open: '{', colon: ':', comma: ',', close: '}' };

/** Returns the members of `text`, or undefined when it is not one JSON object or repeats a name. */
export function readJsonMembers(text: string): JsonMembers | undefined {
  if (!isJsonObject(text)) return undefined;
  const values = new Map<string, string>();
  const names = new Map<string, string>();
  let at = skipSpace(text, text.indexOf('{') + 1);
  let layout: JsonLayout = { ...compact, open: text.slice(0, at) };
  while (text[at] === '"') {
    const nameEnd = endOfValue(text, at);
    const valueStart = skipSpace(text, text.indexOf(':', nameEnd) + 1);
    const valueEnd = endOfValue(text, valueStart);
    const nameText = text.slice(at, nameEnd);
    const name = JSON.parse(nameText) as string;
    if (values.has(name)) return undefined;
    names.set(name, nameText);
    values.set(name, text.slice(valueStart, valueEnd));
    if (values.size === 1) layout = { ...layout, colon: text.slice(nameEnd, valueStart) };
    const separator = skipSpace(text, valueEnd);
    const next = text[separator] === ',' ? skipSpace(text, separator + 1) : text.length;
    const between = text.slice(valueEnd, next);
    if (next === text.length) layout = { ...layout, close: between };
    else if (values.size === 1) layout = { ...layout, comma: between };
    at = next;
  }
  return { values, names, layout };
}

/** Returns the text of an object with these members, names and values given as texts. */
export function writeJsonMembers(
  members: Iterable<readonly [nameText: string, valueText: string]>,
  layout: JsonLayout,
): string {
  const parts = Array.from(members, ([name, value]) => name + layout.colon + value);
  return layout.open + parts.join(layout.comma) + layout.close;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

function isSpace(unit: number): boolean {
  return unit === 32 || unit === 9 || unit === 10 || unit === 13;
}

/** Returns where the value at `start` ends; the text is known to be JSON. */
function endOfValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return endOfString(text, start);
  if (first === '{' || first === '[') return endOfNested(text, start);
  let at = start;
  for (; at < text.length; at++) {
    const character = text[at];
    if (character === ',' || character === '}' || isSpace(text.charCodeAt(at))) break;
  }
  return at;
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end + 1;
}

/** Says whether an odd number of backslashes stands before a place. */
function isEscaped(text: string, place: number): boolean {
  let at = place;
  while (text[at - 1] === '\\') at--;
  return (place - at) % 2 === 1;
}

function endOfNested(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at) - 1;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return at + 1;
  }
  return text.length;
}
