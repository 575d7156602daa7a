/** Says in our words what oclif's parser refuses: every such error is a wrong use of the command line, exit code 2. */
import { InvalidInputError, OxenError } from '../core/model/errors.js';
import { closestName } from './closest-name.js';
import type { Declarations } from './parse-arguments.js';

/** What the errors of oclif's parser carry (@oclif/core 4, parser/errors). */
interface ParserError {
  readonly message: string;
  readonly flags?: unknown; // words that look like flags and are none
  readonly args?: unknown; // words too many, or declarations of missing arguments
  readonly failed?: unknown; // rules between flags that do not hold
}

/** Returns `error` as a usage error of the verb `name`; one of ours is returned as it is. */
export function usageError(error: unknown, name: string, declarations: Declarations): OxenError {
  if (error instanceof OxenError) return error;
  const parserError = error as ParserError;
  const help = `Run \`oxen ${name} --help\` to see its arguments and flags.`;
  const unknownFlag = firstWord(parserError.flags);
  if (unknownFlag !== undefined) {
    return new InvalidInputError(`\`oxen ${name}\` has no flag ${unknownFlag}.`, {
      cause: error,
      hint: similarFlag(unknownFlag, declarations) ?? help,
    });
  }
  return new InvalidInputError(describeRefusal(parserError, name), { cause: error, hint: help });
}

function describeRefusal(error: ParserError, name: string): string {
  const extra = firstWord(error.args);
  if (extra !== undefined) return `\`oxen ${name}\` takes no argument '${extra}'.`;
  const missing = namesOf(error.args);
  if (missing.length > 0) {
    const plural = missing.length === 1 ? 'argument is' : 'arguments are';
    return `\`oxen ${name}\`: the ${plural} missing: ${missing.join(' ')}.`;
  }
  const reasons = reasonsOf(error.failed);
  const text = reasons.length > 0 ? reasons.join('. ') : plainMessage(error.message);
  return `\`oxen ${name}\`: ${text.replace(/\.$/, '')}.`;
}

/** Removes the framing that oclif puts around the message of a value that could not be parsed. */
function plainMessage(message: string): string {
  return message
    .replace(/\s*See more help with --help\s*$/, '')
    .replace(/^Parsing (--\S+)\s+/, '$1: ')
    .replace(/\s*\n\s*/g, ' ');
}

function firstWord(list: unknown): string | undefined {
  return Array.isArray(list) && typeof list[0] === 'string' ? list[0] : undefined;
}

function namesOf(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: { name?: unknown; multiple?: unknown }) =>
    typeof entry.name === 'string'
      ? [`<${entry.name.toUpperCase()}>${entry.multiple === true ? '...' : ''}`]
      : [],
  );
}

function reasonsOf(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  const reasons = list.flatMap((entry: { reason?: unknown }) =>
    typeof entry.reason === 'string' ? [entry.reason] : [],
  );
  return [...new Set(reasons)];
}

function similarFlag(word: string, declarations: Declarations): string | undefined {
  if (!word.startsWith('--')) return undefined;
  const typed = word.slice(2).replace(/=.*/, '');
  const names = Object.entries(declarations.flags).flatMap(([name, flag]) =>
    flag.hidden === true ? [] : [name],
  );
  const similar = closestName(typed, names);
  return similar === undefined ? undefined : `Did you mean \`--${similar}\`?`;
}
