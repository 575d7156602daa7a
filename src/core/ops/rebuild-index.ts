/**
 * The verb `fsck --rebuild-index`: makes the index anew from the packs, which describe themselves. A database that cannot be
 * opened any more is set aside first; what only it held (references, small nodes, staging area) is lost with it.
 */
import { IntegrityError, NotFoundError } from '../model/errors.js';
import { OpenRepository } from '../repository.js';
import { acquireLock } from '../store/locks.js';
import { type RebuildReport, rebuildIndex } from '../store/rebuild-index.js';
import { setDatabaseAside } from '../store/repository-place.js';

/** What rebuilding did. */
export interface RebuildResult extends RebuildReport {
  readonly setAside: string | undefined; // where the damaged database is now
}

/** Rebuilds the index of the repository that `path` lies in. @throws NotFoundError when there is none */
export async function rebuildRepositoryIndex(path: string): Promise<RebuildResult> {
  let setAside: string | undefined;
  try {
    await (await OpenRepository.open(path, { checkDatabase: true })).close();
  } catch (error) {
    const isDamaged = error instanceof IntegrityError || error instanceof NotFoundError;
    if (!isDamaged) throw error;
    setAside = setDatabaseAside(path);
  }
  await using repository = await OpenRepository.open(path, { create: true });
  const { controlDirectory, environment, packDirectory } = repository;
  using _worktree = await acquireLock(controlDirectory, 'worktree');
  using _gc = await acquireLock(controlDirectory, 'gc');
  return { ...rebuildIndex(environment, repository, packDirectory), setAside };
}
