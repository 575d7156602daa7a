/**
 * The builders of flags and arguments for verb files: the same names, types and results as `Flags` and `Args` of
 * oclif, without loading oclif, which costs as much time as Node itself needs to start (docs/decisions/0002).
 * Two defaults differ. A repeatable flag takes one value each time it is written, so that `-m text file` is a message
 * and a file. An argument that is missing is never read from the standard input.
 */
import type { Args as OclifArgs, Flags as OclifFlags } from '@oclif/core';

type Options = Readonly<Record<string, unknown>>;

/** Returns the declaration of an option with a value; `parse` turns its text into the value. */
function optionFlag(parse: (text: string, context: unknown, options: Options) => unknown) {
  return (options: Options = {}) => ({
    parse: async (text: string, context: unknown, own: Options) => parse(text, context, own),
    ...options,
    ...(options['multiple'] === true ? { multipleNonGreedy: true } : {}),
    input: [],
    multiple: options['multiple'] === true,
    type: 'option',
  });
}

/** Returns the declaration of a positional argument; `parse` turns its text into the value. */
function argument(parse: (text: string, context: unknown, options: Options) => unknown) {
  return (options: Options = {}) => ({
    parse: async (text: string, context: unknown, own: Options) => parse(text, context, own),
    ignoreStdin: true,
    ...options,
    input: [],
    type: 'option',
  });
}

function readText(text: string): string {
  return text;
}

/** @throws Error saying what was expected; the parser adds the name of the flag */
function readInteger(text: string, _context: unknown, options: Options): number {
  if (!/^-?\d+$/.test(text)) throw new Error(`Expected an integer but received: ${text}`);
  const value = Number.parseInt(text, 10);
  const { min, max } = options;
  if (typeof min === 'number' && value < min) {
    throw new Error(`Expected an integer greater than or equal to ${min} but received: ${text}`);
  }
  if (typeof max === 'number' && value > max) {
    throw new Error(`Expected an integer less than or equal to ${max} but received: ${text}`);
  }
  return value;
}

function booleanFlag(options: Options = {}) {
  return {
    parse: async (value: boolean) => value,
    ...options,
    allowNo: options['allowNo'] === true,
    type: 'boolean',
  };
}

/** Builders of flags; a test holds their results equal to those of oclif. */
export const Flags = {
  boolean: booleanFlag,
  integer: optionFlag(readInteger),
  string: optionFlag(readText),
} as unknown as Pick<typeof OclifFlags, 'boolean' | 'integer' | 'string'>;

/** Builders of positional arguments; a test holds their results equal to those of oclif. */
export const Args = {
  integer: argument(readInteger),
  string: argument(readText),
} as unknown as Pick<typeof OclifArgs, 'integer' | 'string'>;
