/**
 * Where the files of the demo come from: a copy of the user's folder, a real data set from the npm registry, or
 * generated images where no registry answers.
 */
import { cpSync, lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { writePackageFiles } from '../bench/data/package-files.js';
import { pngImage } from './png.js';

const packageName = 'material-design-icons@3.0.1';
const imageCount = 10_000;
const imagesPerDirectory = 250;

/**
 * Fills `repository`, a path that does not exist yet, and returns a line that says with what.
 * @throws Error when the user's folder is none
 */
export function fillRepository(repository: string, folder: string | undefined): string {
  if (folder !== undefined) return copyFolder(folder, repository);
  mkdirSync(repository);
  try {
    writePackageFiles(repository, packageName, 1);
    return `${packageName}, fetched as an npm package`;
  } catch {
    rmSync(repository, { recursive: true });
    writeImages(repository);
    return `${imageCount} generated PNG images, for the package ${packageName} could not be fetched`;
  }
}

/** Copies files and directories; links and special files, an `.oxen` and ignore rules would blur the comparison. */
function copyFolder(folder: string, repository: string): string {
  const source = resolve(process.env['INIT_CWD'] ?? '.', folder);
  if (lstatSync(source, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new Error(`${folder} is not a folder`);
  }
  let skippedCount = 0;
  cpSync(source, repository, {
    recursive: true,
    filter: (path) => {
      const stat = lstatSync(path);
      const name = basename(path);
      const isTaken =
        (stat.isFile() || stat.isDirectory()) && name !== '.oxen' && name !== '.oxenignore';
      if (!isTaken) skippedCount += 1;
      return isTaken;
    },
  });
  const skipped =
    skippedCount === 0 ? '' : ` without ${skippedCount} links, special files and .oxen entries`;
  return `a copy of ${folder}${skipped}`;
}

function writeImages(repository: string): void {
  for (let index = 0; index < imageCount; index += 1) {
    const directory = join(repository, `album_${Math.floor(index / imagesPerDirectory)}`);
    if (index % imagesPerDirectory === 0) mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `image_${index}.png`), pngImage(index, 32));
  }
}
