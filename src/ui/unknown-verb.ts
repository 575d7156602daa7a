/** Words that name no verb: says which one was probably meant, and never asks. */
import type { Hook } from '@oclif/core';
import { InvalidInputError } from '../core/model/errors.js';
import { closestName } from './closest-name.js';

/** What is known about a verb by name. */
interface NamedVerb {
  readonly id: string; // words joined by `:`
  readonly aliases: readonly string[];
  readonly hidden: boolean;
}

/** Returns the refusal of `typed`, words joined by blanks or `:`, with the closest of `verbs` as its hint. */
export function unknownVerb(typed: string, verbs: readonly NamedVerb[]): InvalidInputError {
  const words = typed.replaceAll(':', ' ');
  const known = verbs
    .filter((verb) => !verb.hidden)
    .flatMap((verb) => [verb.id, ...verb.aliases])
    .map((name) => name.replaceAll(':', ' '));
  const closest = closestName(words, known) ?? closestName(words.split(' ')[0] ?? '', known);
  return new InvalidInputError(`Unknown command \`oxen ${words}\`.`, {
    hint:
      closest === undefined
        ? 'Run `oxen help` to see all commands.'
        : `Did you mean \`oxen ${closest}\`?`,
  });
}

/**
 * The hook that oclif calls for words that name no verb.
 * @throws InvalidInputError always
 */
export const commandNotFound: Hook.CommandNotFound = async ({ id, config }) => {
  throw unknownVerb(id, config.commands);
};
