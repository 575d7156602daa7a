/** Real data sets that are published as npm packages, fetched with `npm pack` through the configured registry. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Unpacks the package below `folder`, which exists, and keeps the share `scale` of its files, evenly spread.
 * @throws Error when no registry answers or the package is not there
 */
export function writePackageFiles(folder: string, specifier: string, scale: number): void {
  const archive = fetchPackage(specifier, join(folder, '..', 'download'));
  execFileSync('tar', ['xzf', archive, '--strip-components=1', '--no-same-owner', '-C', folder]);
  rmSync(join(folder, '..', 'download'), { recursive: true });
  if (scale < 1) thin(folder, scale);
}

function fetchPackage(specifier: string, directory: string): string {
  mkdirSync(directory, { recursive: true });
  try {
    execFileSync('npm', ['pack', specifier, '--silent', '--pack-destination', directory], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 300_000,
    });
  } catch (cause) {
    throw new Error(`the package ${specifier} could not be fetched`, { cause });
  }
  const archive = readdirSync(directory).find((name) => name.endsWith('.tgz'));
  if (archive === undefined) throw new Error(`npm pack wrote no archive for ${specifier}`);
  return join(directory, archive);
}

function thin(folder: string, scale: number): void {
  let index = 0;
  const visit = (directory: string): void => {
    const entries = readdirSync(directory, { withFileTypes: true });
    entries.sort((left, right) => (left.name < right.name ? -1 : 1));
    for (const entry of entries) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) visit(path);
      else {
        if (Math.floor((index + 1) * scale) === Math.floor(index * scale)) rmSync(path);
        index += 1;
      }
    }
    if (readdirSync(directory).length === 0) rmdirSync(directory);
  };
  visit(folder);
}
