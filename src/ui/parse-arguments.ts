/**
 * Reads the words after a verb by its declared flags and arguments. The rules are those of oclif's parser, which takes
 * as long to load as half of Node. So a small reader goes first. It only accepts: whenever a word, a declaration or a
 * value is out of the ordinary it gives up, and oclif's parser is loaded and decides, above all about every error.
 * A property test holds that the reader, where it does not give up, returns exactly what oclif's parser returns.
 */
import type { Interfaces } from '@oclif/core';
import { type FlagDeclaration, giveUp, sortWords } from './sort-words.js';

/** What a verb declares; its class is such a record. */
export interface Declarations {
  readonly flags: Interfaces.FlagInput;
  readonly args: Interfaces.ArgInput;
}

/** The values that declared flags or arguments give. */
export type ValuesOf<D> =
  D extends Interfaces.FlagInput<infer F> ? F : D extends Interfaces.ArgInput<infer A> ? A : never;

/** The words of a command line by their meaning. */
export interface ParsedArguments<D extends Declarations = Declarations> {
  readonly flags: ValuesOf<D['flags']>; // a boolean that was not given is false
  readonly args: ValuesOf<D['args']>;
  readonly afterDashes: readonly string[]; // the words after `--`; they stand among `args` too
}

type Values = Record<string, unknown>;

/**
 * Returns the values of `words`.
 * @throws an error of oclif's parser; `ui/usage-error` says what it means
 */
export async function parseArguments<D extends Declarations>(
  words: readonly string[],
  declarations: D,
): Promise<ParsedArguments<D>> {
  const parsed =
    (await readArguments(words, declarations)) ?? (await parseWithOclif(words, declarations));
  return parsed as unknown as ParsedArguments<D>;
}

/**
 * Returns what oclif's parser makes of `words`.
 * @throws an error of oclif's parser
 */
export async function parseWithOclif(
  words: readonly string[],
  declarations: Declarations,
): Promise<ParsedArguments> {
  const { parse } = await import('@oclif/core/parser');
  const { args, flags } = await parse([...words], declarations);
  return {
    args,
    flags: fillBooleans(flags, declarations.flags),
    afterDashes: sortWords(words, declarations.flags).afterDashes,
  };
}

/** Returns the values of `words`, or undefined when they or the declarations are out of the ordinary. */
export async function readArguments(
  words: readonly string[],
  declarations: Declarations,
): Promise<ParsedArguments | undefined> {
  try {
    const { flagWords, argumentWords, afterDashes } = sortWords(words, declarations.flags);
    const args = await readArgumentWords(argumentWords, declarations.args);
    const flags = await readFlagWords(flagWords, declarations.flags);
    return { args, flags: fillBooleans(flags, declarations.flags), afterDashes };
  } catch {
    return undefined;
  }
}

/** oclif says that a boolean flag is false when it is not given, and leaves it undefined. */
function fillBooleans(values: Values, flags: Interfaces.FlagInput): Values {
  const filled = { ...values };
  for (const [name, flag] of Object.entries(flags)) {
    if (flag.type === 'boolean') filled[name] ??= false;
  }
  return filled;
}

async function readArgumentWords(
  words: readonly string[],
  declared: Interfaces.ArgInput,
): Promise<Values> {
  const entries = Object.entries(declared);
  const rest = entries.findIndex(([, argument]) => argument.multiple === true);
  if (rest < 0 ? words.length > entries.length : rest < entries.length - 1) giveUp();
  const values: Values = {};
  for (const [index, [name, argument]] of entries.entries()) {
    const own = words.slice(index, index === rest ? undefined : index + 1);
    const value = await readArgument(own, argument);
    if (value !== undefined) values[name] = value;
  }
  return values;
}

async function readArgument(
  words: readonly string[],
  argument: Interfaces.ArgInput[string],
): Promise<unknown> {
  if (argument.ignoreStdin !== true || typeof argument.default === 'function') giveUp();
  const parsed: unknown[] = [];
  for (const word of words) {
    if (argument.options !== undefined && !argument.options.includes(word)) giveUp();
    parsed.push(await argument.parse(word, {} as never, argument));
  }
  if (parsed.length > 0) return argument.multiple === true ? parsed : parsed[0];
  const hasDefault = Boolean(argument.default) || argument.default === false;
  if (!hasDefault && argument.required === true) giveUp();
  return hasDefault ? argument.default : undefined;
}

async function readFlagWords(
  given: ReadonlyMap<string, readonly string[]>,
  flags: Interfaces.FlagInput,
): Promise<Values> {
  const values: Values = {};
  for (const [name, flag] of Object.entries(flags)) {
    const words = given.get(name);
    if (hasUncommonRule(flag) || (words !== undefined && isExcluded(flag, given))) giveUp();
    const value = words === undefined ? flag.default : await readFlag(name, flag, words);
    if (value !== undefined) values[name] = value;
    else if (flag.required === true) giveUp();
  }
  return values;
}

/** Says whether the flag has a rule that only oclif's parser knows. */
function hasUncommonRule(flag: FlagDeclaration): boolean {
  if (flag.exactlyOne !== undefined || flag.atLeastOne !== undefined) return true;
  if (flag.env !== undefined || typeof flag.default === 'function') return true;
  return (flag.dependsOn ?? flag.combinable ?? flag.relationships) !== undefined;
}

/** Says whether a flag that was given may be in conflict with another one. */
function isExcluded(flag: FlagDeclaration, given: ReadonlyMap<string, unknown>): boolean {
  return (flag.exclusive ?? []).some((other) => typeof other !== 'string' || given.has(other));
}

async function readFlag(
  name: string,
  flag: FlagDeclaration,
  words: readonly string[],
): Promise<unknown> {
  if (flag.type === 'boolean') {
    const negations = [name, ...(flag.aliases ?? [])].map((alias) => `--no-${alias}`);
    return flag.parse(!negations.includes(words.at(-1) ?? ''), {} as never, flag);
  }
  if (flag.delimiter !== undefined) giveUp();
  const values: unknown[] = [];
  for (const word of words) {
    if (flag.options !== undefined && !flag.options.includes(word)) giveUp();
    values.push(await flag.parse(word, {} as never, flag));
  }
  return flag.multiple === true ? values : values[0];
}
