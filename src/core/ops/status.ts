/**
 * The verb `status`: what is staged against HEAD, and how the working tree differs from what is tracked. It takes no lock
 * and changes nothing but stat values in the file index.
 */
import { hashFromBytes } from '../model/hash.js';
import type { RepoPath } from '../model/path.js';
import type { RepositoryStatus } from '../model/status.js';
import type { OpenRepository } from '../repository.js';
import { readCheckoutState } from './checkout-state.js';
import type { OperationContext } from './context.js';
import { readMergeState } from './merge-state.js';
import { hasPartialContents, readClonePart } from './partial-contents.js';
import { ensureFileIndexCurrent } from './reconcile.js';
import { trackedAt } from './rows.js';
import { readStaged } from './staged-status.js';
import { compareWorkingTree } from './worktree-status.js';

/** Returns the state of the repository and of its working tree. @throws IntegrityError when the store is damaged */
export async function status(
  repository: OpenRepository,
  context: OperationContext,
): Promise<RepositoryStatus> {
  ensureFileIndexCurrent(repository);
  const head = repository.head();
  const tree = repository.headTree();
  const merge = readMergeState(repository);
  const working = await compareWorkingTree(repository, context);
  return {
    branch: head.kind === 'branch' ? head.branch : undefined,
    headId: tree?.commit.id,
    headMessage: tree?.commit.message,
    ...readStaged(repository.staging),
    ...working,
    unrestorableFiles: unrestorableFiles(repository, working),
    conflicts: (merge?.conflicts ?? []).map(({ path, kind }) => ({ path, kind })),
    mergingId: merge?.commitId,
    interruptedMerge: merge?.isPartial === true,
    unfinishedCheckout: readCheckoutState(repository) !== undefined,
    part: readClonePart(repository),
  };
}

/** Looked for only where contents may be absent on purpose: lost ones are the business of fsck. */
function unrestorableFiles(
  repository: OpenRepository,
  { modifiedFiles, removedFiles }: Pick<RepositoryStatus, 'modifiedFiles' | 'removedFiles'>,
): RepoPath[] {
  if (!hasPartialContents(repository)) return [];
  return [...modifiedFiles, ...removedFiles].filter((path) => {
    const tracked = trackedAt(repository.fileIndex, path);
    return tracked !== undefined && !repository.versions.has(hashFromBytes(tracked.hash));
  });
}
