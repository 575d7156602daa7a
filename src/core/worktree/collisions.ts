/**
 * Finds names that one file system keeps apart and another takes for the same: `A` and `a` where case is ignored,
 * composed and decomposed accents where names are normalised. A checkout asks before it writes anything.
 */
import { lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { wrapSystemError } from '../model/errors.js';

/** How a file system compares names. */
export interface NameTraits {
  readonly ignoresCase: boolean;
  readonly normalises: boolean; // composed and decomposed forms of a character are the same
}

/** The names of one directory of a planned tree, files and directories. */
export interface PlannedDirectory {
  readonly directory: string; // repository path
  readonly names: Iterable<string>;
}

const composed = 'oxen-\u00e9';
const decomposed = 'oxen-e\u0301';
const upperCase = 'OXEN-\u00e9';

/**
 * Tries out how the file system of `directory` compares names: makes one file in a directory of its own and looks
 * it up under other names. About 0.2 ms.
 * @param directory absolute path of `.oxen`
 * @throws OperationError when nothing can be written there
 */
export function probeNameTraits(directory: string): NameTraits {
  try {
    const place = mkdtempSync(`${directory}/probe-`);
    try {
      writeFileSync(`${place}/${composed}`, '');
      return {
        ignoresCase: exists(`${place}/${upperCase}`),
        normalises: exists(`${place}/${decomposed}`),
      };
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  } catch (error) {
    throw wrapSystemError(error, `Nothing can be written in '${directory}'`, directory);
  }
}

/**
 * Returns every group of paths that would become one file or directory, in the order met. Directories are compared
 * with the entries beside them, so that each collision is reported at the level where it begins. Costs nothing
 * where names are compared exactly.
 */
export function findCollisions(
  directories: Iterable<PlannedDirectory>,
  traits: NameTraits,
): string[][] {
  if (!traits.ignoresCase && !traits.normalises) return [];
  const collisions: string[][] = [];
  for (const { directory, names } of directories) {
    const groups = new Map<string, string[]>();
    for (const name of names) {
      const key = comparedForm(name, traits);
      const path = directory === '' ? name : `${directory}/${name}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [path]);
      else group.push(path);
    }
    for (const group of groups.values()) if (group.length > 1) collisions.push(group);
  }
  return collisions;
}

function comparedForm(name: string, traits: NameTraits): string {
  const form = traits.normalises ? name.normalize('NFD') : name;
  return traits.ignoresCase ? foldCase(form) : form;
}

/** Case folding of single characters, as file systems do it: `ß` stays apart from `ss`. */
function foldCase(name: string): string {
  let folded = '';
  for (const character of name) {
    const upper = character.toUpperCase();
    const lower = (upper.length === character.length ? upper : character).toLowerCase();
    folded += lower.length === character.length ? lower : character;
  }
  return folded;
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
