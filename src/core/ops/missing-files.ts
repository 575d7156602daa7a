/** The files of a commit whose contents are not stored here. */
import { setImmediate } from 'node:timers/promises';
import type { Hash } from '../model/hash.js';
import { zeroHash } from '../model/hash.js';
import { type RepoPath, rootPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { compareTrees } from '../tree/compare.js';
import { type CommitTree, fileNodeOf } from '../tree/read.js';

/** A file whose content is not stored. */
export interface FileWithoutContent {
  readonly path: RepoPath;
  readonly hash: Hash;
  readonly sizeBytes: number;
  readonly commitId: Hash; // that touched it last
}

const entriesPerSlice = 2048;

/** Returns what is missing of the files that `head` adds to `base`, or of all its files. @throws IntegrityError for damaged nodes */
export async function listMissingFiles(
  repository: OpenRepository,
  head: CommitTree,
  base: CommitTree | undefined,
): Promise<FileWithoutContent[]> {
  const missing: FileWithoutContent[] = [];
  const { nodes, versions } = repository;
  let count = 0;
  for (const { path, right } of compareTrees(nodes, base?.rootId, head.rootId, rootPath)) {
    if (++count % entriesPerSlice === 0) await setImmediate();
    if (right?.kind !== 'file' || versions.has(right.hash)) continue;
    const { lastCommitId } = fileNodeOf(right);
    const commitId = lastCommitId === zeroHash ? head.commit.id : lastCommitId;
    missing.push({ path, hash: right.hash, sizeBytes: right.sizeBytes, commitId });
  }
  return missing;
}
