/**
 * Sorts the words after a verb into flags and arguments, by the rules of oclif's parser for everything that is
 * ordinary; anything else makes it give up. The values are checked in `ui/parse-arguments`.
 */
import type { Interfaces } from '@oclif/core';

/** A declared flag. */
export type FlagDeclaration = Interfaces.FlagInput[string];

/** Words by their meaning, before any value is checked. */
export interface SortedWords {
  readonly flagWords: ReadonlyMap<string, readonly string[]>; // values of an option, the words themselves of a boolean
  readonly argumentWords: readonly string[];
  readonly afterDashes: readonly string[]; // the words after `--`; the last of the arguments
}

/** The flag that a word names, and the rest of the word: a value, or more one-letter flags. */
interface FoundFlag {
  readonly name: string;
  readonly flag: FlagDeclaration;
  readonly attached: string | undefined;
}

/**
 * Leaves the decision to oclif's parser.
 * @throws Error always
 */
export function giveUp(): never {
  throw new Error('out of the ordinary');
}

/**
 * Returns `words` sorted by the declared `flags`.
 * @throws Error when a word is out of the ordinary
 */
export function sortWords(words: readonly string[], flags: Interfaces.FlagInput): SortedWords {
  const flagWords = new Map<string, string[]>();
  const argumentWords: string[] = [];
  const queue = [...words];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === '--') {
      return { flagWords, argumentWords: [...argumentWords, ...queue], afterDashes: queue };
    }
    const found = findFlag(word, flags);
    if (found === undefined) {
      if (!isArgument(word)) giveUp();
      argumentWords.push(word);
      continue;
    }
    const given = flagWords.get(found.name) ?? [];
    given.push(takeFlag(word, found, given.length, queue, flags));
    flagWords.set(found.name, given);
  }
  return { flagWords, argumentWords, afterDashes: [] };
}

/** Says whether a word that names no flag is an argument: text, a lone dash, or a negative number. */
function isArgument(word: string): boolean {
  return !word.startsWith('-') || word === '-' || /^-\d[^=]*$/.test(word);
}

/** Returns what is noted for a flag, and takes from the queue or puts back what belongs elsewhere. */
function takeFlag(
  word: string,
  { flag, attached }: FoundFlag,
  givenBefore: number,
  queue: string[],
  flags: Interfaces.FlagInput,
): string {
  if (flag.type === 'boolean') {
    if (attached !== undefined) queue.unshift(`-${attached}`);
    return word;
  }
  if (flag.allowStdin !== undefined) giveUp();
  if (flag.multiple === true ? flag.multipleNonGreedy !== true : givenBefore > 0) giveUp();
  const value = attached ?? queue.shift();
  if (value === undefined || findFlag(value, flags) !== undefined) giveUp();
  return value;
}

function findFlag(word: string, flags: Interfaces.FlagInput): FoundFlag | undefined {
  if (word.startsWith('--')) return findLongFlag(word, flags);
  return word.startsWith('-') ? findShortFlag(word, flags) : undefined;
}

function findLongFlag(word: string, flags: Interfaces.FlagInput): FoundFlag | undefined {
  const exact = findNamed(word.slice(2), flags);
  if (exact !== undefined) return { ...exact, attached: undefined };
  const negated = word.startsWith('--no-') ? findNamed(word.slice(5), flags) : undefined;
  if (negated?.flag.type === 'boolean' && negated.flag.allowNo) {
    return { ...negated, attached: undefined };
  }
  const equals = word.indexOf('=');
  const named = equals < 0 ? undefined : findNamed(word.slice(2, equals), flags);
  if (named?.flag.type !== 'option') return undefined;
  return { ...named, attached: word.slice(equals + 1) };
}

function findNamed(
  name: string,
  flags: Interfaces.FlagInput,
): Omit<FoundFlag, 'attached'> | undefined {
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (flag !== undefined) return { name, flag };
  const aliased = Object.entries(flags).find(([, other]) => other.aliases?.includes(name));
  return aliased === undefined ? undefined : { name: aliased[0], flag: aliased[1] };
}

function findShortFlag(word: string, flags: Interfaces.FlagInput): FoundFlag | undefined {
  const letter = word.charAt(1);
  const found = Object.entries(flags).find(([, flag]) => hasLetter(flag, letter));
  if (found === undefined) return undefined;
  const [name, flag] = found;
  if (word.length === 2) return { name, flag, attached: undefined };
  const valueStart = flag.type === 'option' && word.charAt(2) === '=' ? 3 : 2;
  return { name, flag, attached: word.slice(valueStart) };
}

function hasLetter(flag: FlagDeclaration, letter: string): boolean {
  return flag.char === letter || (flag.charAliases ?? []).some((alias) => alias === letter);
}
