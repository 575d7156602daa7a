/** Chooses the completion script of a shell. */
import { InvalidInputError } from '../core/model/errors.js';
import { bashCompletion } from './completion-bash.js';
import { fishCompletion } from './completion-fish.js';
import { type CompletedVerb, completedVerbs } from './completion-model.js';
import { zshCompletion } from './completion-zsh.js';
import { readManifest } from './manifest.js';

const scripts: ReadonlyMap<string, (verbs: readonly CompletedVerb[]) => string> = new Map([
  ['bash', bashCompletion],
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
]);

/**
 * Returns the completion script of `shell` for the verbs of the manifest in `root`.
 * @throws InvalidInputError when there is none for that shell
 */
export function completionScript(shell: string, root: string): string {
  const script = scripts.get(shell);
  if (script === undefined) {
    throw new InvalidInputError(`There is no completion for '${shell}'.`, {
      hint: `Choose one of ${[...scripts.keys()].join(', ')}.`,
    });
  }
  return script(completedVerbs(readManifest(root)));
}
