/** Recognises directories of the working tree that are repositories of their own: of oxen or of git. */
import { lstatSync } from 'node:fs';
import { absolutePath, controlDirectoryName } from './scan.js';

const markers = [controlDirectoryName, '.git'];

/** Says whether the directory at the repository path `directory` is the root of another repository. */
export function isNestedRepository(root: string, directory: string): boolean {
  const path = absolutePath(root, directory);
  return markers.some((marker) => {
    try {
      return lstatSync(`${path}/${marker}`, { throwIfNoEntry: false }) !== undefined;
    } catch {
      return false; // a part of the path is no directory
    }
  });
}
