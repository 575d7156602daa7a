/**
 * Names of references: `heads/<branch>`, `remotes/<remote>/<branch>`, `tags/<name>`. What a branch may be
 * called follows git's check-ref-format; beyond it names are refused that a user could not type without ambiguity.
 */
import { InvalidInputError } from '../model/errors.js';

/** The full name of a reference. */
export type RefName = string & { readonly __refName: unique symbol };

/** Largest size of a branch, tag or remote name in bytes of UTF-8. */
export const maxRefNameBytes = 500;

const forbiddenCharacters = /[\0-\x20\x7f~^:?*[\\]/;
const idLikeName = /^[0-9a-f]{32}$/i;

/** Returns why `name` cannot be the name of a branch or tag, as a sentence part; undefined when it can. */
export function branchNameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (!name.isWellFormed()) return 'is not valid Unicode';
  if (Buffer.byteLength(name) > maxRefNameBytes) return `is longer than ${maxRefNameBytes} bytes`;
  if (name === 'HEAD' || name === '@') return 'is reserved';
  if (name.startsWith('-')) return 'starts with a dash';
  if (idLikeName.test(name)) return 'looks like a commit id';
  const forbidden = forbiddenCharacters.exec(name);
  if (forbidden !== null) return `contains ${describeCharacter(forbidden[0])}`;
  if (name.includes('..')) return "contains '..'";
  if (name.includes('@{')) return "contains '@{'";
  if (name.endsWith('.')) return 'ends with a dot';
  return partProblem(name.split('/'));
}

/**
 * Returns `heads/<branch>`.
 * @throws InvalidInputError when the name is not allowed
 */
export function branchRef(branch: string): RefName {
  return checked('heads/', branch, 'branch');
}

/**
 * Returns `tags/<name>`.
 * @throws InvalidInputError when the name is not allowed
 */
export function tagRef(tag: string): RefName {
  return checked('tags/', tag, 'tag');
}

/**
 * Returns `remotes/<remote>/<branch>`.
 * @throws InvalidInputError when one of the names is not allowed
 */
export function remoteRef(remote: string, branch: string): RefName {
  if (remote.includes('/')) throw invalidName(remote, 'remote', 'contains a slash');
  return checked(checked('remotes/', remote, 'remote').concat('/'), branch, 'branch');
}

/**
 * Returns a full name that someone else wrote: of a branch, a tag, a branch of a remote or an entry of the stash.
 * @throws InvalidInputError when it is none of these, or not allowed
 */
export function parseRefName(text: string): RefName {
  const [kind = '', ...rest] = text.split('/');
  const name = rest.join('/');
  if (kind === 'heads') return branchRef(name);
  if (kind === 'tags') return tagRef(name);
  if (kind === 'remotes') return remoteRef(rest[0] ?? '', rest.slice(1).join('/'));
  if (kind === 'stash' && /^\d{10}$/.test(name)) return text as RefName;
  throw new InvalidInputError(
    `${JSON.stringify(text.slice(0, 120))} is not the name of a reference.`,
  );
}

/** Returns `name` without the first `prefix.length` characters; `name` must start with `prefix`. */
export function withoutPrefix(name: RefName, prefix: string): string {
  return name.slice(prefix.length);
}

function checked(prefix: string, name: string, what: string): RefName {
  const problem = branchNameProblem(name);
  if (problem !== undefined) throw invalidName(name, what, problem);
  return (prefix + name) as RefName;
}

function invalidName(name: string, what: string, problem: string): InvalidInputError {
  return new InvalidInputError(
    `${JSON.stringify(name)} cannot be the name of a ${what}: it ${problem}.`,
  );
}

function partProblem(parts: readonly string[]): string | undefined {
  for (const part of parts) {
    if (part === '') return 'has an empty part';
    if (part.startsWith('.')) return 'has a part that starts with a dot';
    if (part.endsWith('.lock')) return "has a part that ends with '.lock'";
  }
  return undefined;
}

function describeCharacter(character: string): string {
  if (character === ' ') return 'a space';
  return character > ' ' && character < '\x7f' ? `'${character}'` : 'a control character';
}
