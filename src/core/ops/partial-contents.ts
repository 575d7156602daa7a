/**
 * Which contents may be absent on purpose. A plain clone brings the whole history, and the files of its newest commit only; a partial
 * clone brings one commit, and the files of a part of it only (`config.toml`: `subtree_paths`, `depth`).
 */
import { type ClonePart, isInPart } from '../model/clone-part.js';
import { parseRepoPath, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { readRepositoryConfig, writeRepositoryConfig } from '../store/config-files.js';
import { trackedAt } from './rows.js';

const key = 'contents/partial';

/** Says whether contents may be absent: those that only older commits need, or those outside of the part of a partial clone. */
export function hasPartialContents({ meta }: OpenRepository): boolean {
  return meta.get(key) !== undefined;
}

/** Records whether they may be; inside a transaction. */
export function setPartialContents({ meta }: OpenRepository, isPartial: boolean): void {
  if (isPartial) meta.put(key, new Uint8Array(0));
  else meta.remove(key);
}

/** Returns the part of a partial clone, undefined in every other repository. @throws InvalidInputError when the configuration names no paths */
export function readClonePart(repository: OpenRepository): ClonePart | undefined {
  if (!hasPartialContents(repository)) return undefined;
  const { depth, subtreePaths } = readRepositoryConfig(repository.controlDirectory);
  if (depth === undefined && subtreePaths.length === 0) return undefined;
  return { depth, subtrees: subtreePaths.map((path) => parseRepoPath(path)) };
}

/** Makes a repository that holds nothing yet a partial clone, or a plain one, durably. */
export function writeClonePart(repository: OpenRepository, part: ClonePart | undefined): void {
  const { controlDirectory, environment } = repository;
  const { depth, subtrees = [] } = part ?? {};
  const config = readRepositoryConfig(controlDirectory);
  writeRepositoryConfig(controlDirectory, { ...config, depth, subtreePaths: subtrees });
  environment.transaction(() => setPartialContents(repository, part !== undefined));
}

/** Returns what says whether the file at a path of a commit belongs into the working tree: a partial clone holds its part, and what was added since. */
export function heldPaths(repository: OpenRepository): (path: RepoPath) => boolean {
  const part = readClonePart(repository);
  if (part === undefined) return () => true;
  return (path) => isInPart(part, path) || trackedAt(repository.fileIndex, path) !== undefined;
}
