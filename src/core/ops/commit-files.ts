/**
 * Commits files that come with a request into a bare repository: nobody has a working tree of it, so its staging area is free
 * for this. Files over the size of the kernel's memory are classified by their first bytes; derived metadata are hints.
 */

import { getKernel, hashBytes } from '../format/hashing.js';
import { StagedRun, StagedRunBuilder, stagedKinds, stagedStatuses } from '../format/staged-run.js';
import { ConflictError } from '../model/errors.js';
import { hashToBytes } from '../model/hash.js';
import type { CommitNode } from '../model/node.js';
import { baseName, parentPath, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { lookupPath } from '../tree/read.js';
import { describeContent } from '../worktree/content-description.js';
import { commit, type Identity } from './commit.js';
import type { OperationContext } from './context.js';
import { type ArrivingContent, receiveContents } from './receive-contents.js';
import type { SharedWriter } from './shared-writer.js';

/** A file to be committed. */
export interface FileToCommit {
  readonly path: RepoPath;
  readonly content: Uint8Array;
}

/** Who commits what, and why. */
export interface CommitFilesRequest {
  readonly files: readonly FileToCommit[];
  readonly message: string;
  readonly identity: Identity;
}

/**
 * Adds files to the branch of HEAD and returns the commit.
 * @throws ConflictError when the repository has a working tree
 * @throws OperationError when the files are there already with the same content
 */
export function commitFiles(
  repository: OpenRepository,
  writer: SharedWriter,
  request: CommitFilesRequest,
  context: OperationContext,
): Promise<CommitNode> {
  if (!repository.engineConfig().isBare) {
    throw new ConflictError('The repository that is served has a working tree: commit there.');
  }
  return writer.alone(async () => {
    const { jobs } = context;
    await writer.use((packs) =>
      receiveContents({ repository, packs, jobs }, arriving(request.files)),
    );
    repository.environment.transaction(() => stage(repository, request.files, context));
    return commit(repository, request.message, request.identity, context);
  });
}

async function* arriving(files: readonly FileToCommit[]): AsyncGenerator<ArrivingContent> {
  for (const { content } of files) yield { hash: hashBytes(content), pieces: once(content) };
}

async function* once<Item>(item: Item): AsyncGenerator<Item> {
  yield item;
}

/** Stages the files, and says that HEAD is what they are added to. */
function stage(
  repository: OpenRepository,
  files: readonly FileToCommit[],
  context: OperationContext,
): void {
  const head = repository.headTree();
  const { seconds, nanoseconds } = context.clock.now();
  repository.staging.clear();
  repository.setCheckedOutCommit(head?.commit.id);
  repository.fileIndex.setRoot(head?.rootId);
  for (const { path, content } of files) {
    const isThere = head !== undefined && lookupPath(repository.nodes, head.rootId, path);
    const row = {
      status: isThere ? stagedStatuses.modified : stagedStatuses.added,
      kind: stagedKinds.file,
      hash: hashToBytes(hashBytes(content)),
      sizeBytes: content.length,
      mtimeSeconds: seconds,
      mtimeNanoseconds: nanoseconds,
      ...describe(baseName(path), content),
    };
    const builder = new StagedRunBuilder(1);
    builder.append(baseName(path), row);
    const run = new StagedRun(builder.finish());
    repository.staging.apply(parentPath(path), { upserts: [run], removals: [] });
  }
}

function describe(name: string, content: Uint8Array) {
  const { memory, arenaStart, arenaBytes } = getKernel();
  const length = Math.min(content.length, arenaBytes);
  memory.set(content.subarray(0, length), arenaStart);
  const description = describeContent(name, arenaStart, length);
  if (length === content.length) return description;
  return { ...description, metadataHash: undefined, metadata: new Uint8Array(0) };
}
