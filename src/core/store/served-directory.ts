/**
 * The directory that a server serves: `namespace/name/.oxen` below it. Names come from requests, so they are checked here
 * once more, and nothing that is a link is followed.
 */
import { randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, rmdirSync } from 'node:fs';
import { rm, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { systemErrorCode, wrapSystemError } from '../model/errors.js';
import { controlDirectoryName } from './repository-place.js';

/** Name of the directory with the server's own data: users, and repositories that are being removed. */
export const serverDirectoryName = '.oxen-server';

const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/;

/** How large and how free a disk is. */
export interface DiskUsage {
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** The repositories below one directory. */
export class ServedDirectory {
  /** Absolute path, links resolved. */
  readonly root: string;
  #usage: DiskUsage | undefined; // when it was asked for last

  /** Takes the directory at `path`, which is made when it is absent. @throws OperationError when it cannot be */
  constructor(path: string) {
    try {
      mkdirSync(path, { recursive: true });
      this.root = realpathSync(resolve(path));
    } catch (error) {
      throw wrapSystemError(error, `Cannot serve ${path}`, path);
    }
  }

  /** The directory of the server's own data. */
  get serverDirectory(): string {
    return join(this.root, serverDirectoryName);
  }

  /** Returns the names of the namespaces, ascending. */
  namespaces(): string[] {
    return this.#directoriesIn(this.root);
  }

  /** Returns the names of the repositories of a namespace, ascending; none when there is no such namespace. */
  repositories(namespace: string): string[] {
    if (!isServedName(namespace) || !isDirectory(join(this.root, namespace))) return [];
    const names = this.#directoriesIn(join(this.root, namespace));
    return names.filter((name) => this.find(namespace, name) !== undefined);
  }

  /** Returns the path of a repository, undefined when there is none. */
  find(namespace: string, name: string): string | undefined {
    if (!isServedName(namespace) || !isServedName(name)) return undefined;
    const path = join(this.root, namespace, name);
    const places = [join(this.root, namespace), path, join(path, controlDirectoryName, 'db')];
    return places.every(isDirectory) ? path : undefined;
  }

  /** Makes the directory of a new repository and returns its path. @throws OperationError when it cannot be made */
  make(namespace: string, name: string): string {
    const path = join(this.root, namespace, name);
    try {
      mkdirSync(path, { recursive: true });
      return path;
    } catch (error) {
      throw wrapSystemError(error, `Cannot create ${path}`, path);
    }
  }

  /** Removes a repository: its name is free at once, its bytes are gone when the promise resolves. */
  async remove(namespace: string, name: string): Promise<void> {
    const path = join(this.root, namespace, name);
    const removed = join(this.serverDirectory, 'removed', randomUUID());
    try {
      mkdirSync(join(this.serverDirectory, 'removed'), { recursive: true });
      renameSync(path, removed);
      removeIfEmpty(join(this.root, namespace));
      await rm(removed, { recursive: true, force: true });
    } catch (error) {
      throw wrapSystemError(error, `Cannot remove ${path}`, path);
    }
  }

  /** Returns how large and how free the disk was when this was asked last: whoever asks does not wait for a busy disk. */
  async diskUsage(): Promise<DiskUsage> {
    const measuring = statfs(this.root).then(({ blocks, bavail, bsize }) => {
      this.#usage = { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
      return this.#usage;
    });
    if (this.#usage === undefined) return measuring;
    measuring.catch(() => undefined); // the next one measures again
    return this.#usage;
  }

  #directoriesIn(path: string): string[] {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && isServedName(entry.name))
      .map((entry) => entry.name)
      .sort();
  }
}

/** Says whether a namespace or repository may have this name on disk. */
export function isServedName(name: string): boolean {
  return namePattern.test(name);
}

function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}
