/** The library door: what `import ... from 'oxen'` gives. */
export { compareFiles, saveTableDifference } from './api/compare-files.js';
export { inspectPath } from './api/inspect.js';
export type { RepositoryOptions } from './api/options.js';
export {
  createRemote,
  deleteRemote,
  type RemoteName,
  type RemoteOptions,
  remoteUrl,
} from './api/remote.js';
export { type Cloned, Repository } from './api/repository.js';
export { RepositoryReader } from './api/repository-reader.js';
export { listSettings, type Setting } from './api/settings.js';
export {
  type DownloadFiles,
  download,
  repoPathOf,
  type UploadFiles,
  upload,
} from './api/transfer.js';
export { findIdentity, requireIdentity, setDefaultHost, setToken, setUser } from './api/user.js';
export type { Clock } from './core/model/clock.js';
export { type ErrorRecord, recordError } from './core/model/error-record.js';
export { type ErrorKind, exitCodes, OxenError } from './core/model/errors.js';
export type { EventSink, NoteEvent, OxenEvent, Phase, ProgressEvent } from './core/model/events.js';
export type { CommitId, Hash } from './core/model/hash.js';
export type { CommitNode, DirNode, FileNode } from './core/model/node.js';
export type { RepoPath } from './core/model/path.js';
export { isClean, type RepositoryStatus } from './core/model/status.js';
export type { AddProblem, AddResult } from './core/ops/add-recorder.js';
export type { BranchInfo, RemoteBranchInfo } from './core/ops/branch.js';
export type { CheckoutResult } from './core/ops/checkout.js';
export type { CloneOptions, CloneResult } from './core/ops/clone.js';
export type { Identity } from './core/ops/commit.js';
export type { DescribedNode, LevelledNode, NodeDescription } from './core/ops/describe-node.js';
export type { FileDiff } from './core/ops/diff.js';
export type { FilesDiff } from './core/ops/diff-files.js';
export type { DownloadResult } from './core/ops/download.js';
export type { FetchOptions, FetchResult } from './core/ops/fetch.js';
export type { FileChange, FileVersion } from './core/ops/file-comparison.js';
export type { FsckOptions, FsckProblem, FsckReport } from './core/ops/fsck.js';
export type { LoadResult } from './core/ops/load.js';
export type { MergeResult } from './core/ops/merge.js';
export type { LoggedOperation } from './core/ops/operation-log.js';
export type { PullResult } from './core/ops/pull.js';
export type { PushOptions, PushResult, PushTarget } from './core/ops/push.js';
export type { PushMissingResult } from './core/ops/push-missing.js';
export { type RebuildResult, rebuildRepositoryIndex } from './core/ops/rebuild-index.js';
export type { RemoveResult } from './core/ops/remove.js';
export type { RestoreResult } from './core/ops/restore.js';
export type { ArchiveSummary } from './core/ops/save.js';
export type { StashEntry } from './core/ops/stash-entries.js';
export type { UndoResult } from './core/ops/undo.js';
export type { UploadResult } from './core/ops/upload.js';
export {
  type AuthConfig,
  type ConfigPlace,
  readAuthConfig,
  readUserConfig,
  type UserConfig,
} from './core/store/user-config.js';
