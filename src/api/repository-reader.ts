/** The reading half of the library's `Repository`: the verbs that change nothing but caches. */
import { resolve } from 'node:path';
import type { CommitId } from '../core/model/hash.js';
import type { RepositoryStatus } from '../core/model/status.js';
import * as branches from '../core/ops/branch.js';
import { type FsckOptions, type FsckReport, fsck } from '../core/ops/fsck.js';
import { type LoggedOperation, listOperations } from '../core/ops/operation-log.js';
import { knownPaths } from '../core/ops/pathspec.js';
import { requireCommitOf } from '../core/ops/push.js';
import { type ArchiveSummary, type SavedRepository, saveRepository } from '../core/ops/save.js';
import { listStash, type StashEntry } from '../core/ops/stash-entries.js';
import { status } from '../core/ops/status.js';
import { statusBelow } from '../core/ops/status-below.js';
import { reportStorage, type StorageReport } from '../core/ops/storage-report.js';
import * as tags from '../core/ops/tag.js';
import { writeArchiveFile } from '../core/store/archive-file.js';
import { type RemoteConfig, readRepositoryConfig } from '../core/store/config-files.js';
import { gzipPieces } from '../core/wire/gzip.js';
import { RepositoryHistory } from './repository-history.js';

/** Contents of data sets gain little from more, and take much longer. */
const archiveGzipLevel = 3;

/** An open repository as one reads it. */
export class RepositoryReader extends RepositoryHistory {
  /** Returns the state of the staging area and of the working tree, of all of it or at and below some paths. @throws NotFoundError for a path that is nowhere */
  async status(paths: readonly string[] = []): Promise<RepositoryStatus> {
    const whole = await status(this.stores, this.context);
    if (paths.length === 0) return whole;
    return statusBelow(whole, await knownPaths(this.stores, this.base, paths));
  }

  /** Returns what the repository takes on disk. @throws as `core/ops/storage-report` */
  storage(): StorageReport {
    return reportStorage(this.stores);
  }

  /** Checks every byte that something points to. */
  fsck(options: FsckOptions = {}): Promise<FsckReport> {
    return fsck(this.stores, this.context, options);
  }

  /** Returns the repository as an archive, made while its pieces are taken. @throws as `core/ops/save` */
  archive(options: { readonly gzip?: boolean } = {}): SavedRepository {
    const { summary, pieces } = saveRepository(this.stores, this.context);
    return {
      summary,
      pieces: options.gzip === true ? gzipPieces(pieces, archiveGzipLevel) : pieces,
    };
  }

  /**
   * Writes the repository to an archive, which replaces a file of this name when it is complete; a name that ends in `.gz` or `.tgz`
   * is compressed. @throws as `core/ops/save`
   */
  async save(path: string): Promise<ArchiveSummary & { readonly archiveBytes: number }> {
    const { summary, pieces } = this.archive({ gzip: /\.t?gz$/.test(path) });
    return { ...summary, archiveBytes: await writeArchiveFile(resolve(this.base, path), pieces) };
  }

  /** Returns the checked-out branch, undefined with a detached HEAD. */
  currentBranch(): string | undefined {
    const head = this.stores.head();
    return head.kind === 'branch' ? head.branch : undefined;
  }

  /** Returns the local branches, ascending by name. */
  branches(): branches.BranchInfo[] {
    return branches.listBranches(this.stores);
  }

  /** Returns the branches of remotes as they were last seen. */
  remoteBranches(): branches.RemoteBranchInfo[] {
    return branches.listRemoteBranches(this.stores);
  }

  /** Returns the commit of a local branch. @throws NotFoundError when there is none; OperationError before the first commit */
  branchCommit(branch: string): CommitId {
    return requireCommitOf(this.stores, branch);
  }

  /** Returns the tags, ascending by name. */
  tags(): tags.TagInfo[] {
    return tags.listTags(this.stores);
  }

  /** Returns the entries of the stash, the newest first. */
  stashEntries(): StashEntry[] {
    return listStash(this.stores);
  }

  /** Returns what `undo` can take back, the newest operation first. */
  operations(): LoggedOperation[] {
    return listOperations(this.stores);
  }

  /** Returns the remotes that are configured. */
  remotes(): readonly RemoteConfig[] {
    return readRepositoryConfig(this.stores.controlDirectory).remotes;
  }
}
