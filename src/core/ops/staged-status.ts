/** What is staged, as `status` shows it: files by state, directories with their counts, files that only moved. */
import { type StagedRun, stagedKinds, stagedStatuses } from '../format/staged-run.js';
import { type Hash, hashBytesLength, hashFromBytes, zeroHash } from '../model/hash.js';
import { compareBytewise, joinPath, type RepoPath } from '../model/path.js';
import type {
  MovedFile,
  RepositoryStatus,
  StagedDirectory,
  StagedFile,
  StagedState,
} from '../model/status.js';
import type { StagedSource } from './staged-rows.js';

/** The part of a status that the staging area tells. */
export type StagedPart = Pick<RepositoryStatus, 'stagedDirectories' | 'stagedFiles' | 'movedFiles'>;

const states: readonly StagedState[] = ['added', 'modified', 'removed'];

/** Returns what is staged. */
export function readStaged(staging: StagedSource): StagedPart {
  const files: StagedFile[] = [];
  const directories = new Map<RepoPath, StagedDirectory>();
  for (const { directory, run } of staging.runs()) readRun(directory, run, files, directories);
  const { moved, rest } = pairMoves(files);
  return {
    stagedDirectories: [...directories.values()].sort((a, b) => compareBytewise(a.path, b.path)),
    stagedFiles: rest.sort((a, b) => compareBytewise(a.path, b.path)),
    movedFiles: moved.sort((a, b) => compareBytewise(a.to, b.to)),
  };
}

function readRun(
  directory: RepoPath,
  run: StagedRun,
  files: StagedFile[],
  directories: Map<RepoPath, StagedDirectory>,
): void {
  const counts = { added: 0, modified: 0, removed: 0 };
  run.names.all.forEach((name, row) => {
    const path = joinPath(directory, name);
    const state = states[run.statuses[row] ?? 0] ?? 'added';
    if (run.kinds[row] === stagedKinds.dir) {
      const own = run.statuses[row] === stagedStatuses.removed ? 'removed' : 'added';
      directories.set(path, { ...countsOf(directories, path), state: own });
      return;
    }
    counts[state]++;
    files.push({ path, state, hash: hashFromBytes(run.hashes, row * hashBytesLength) });
  });
  if (counts.added + counts.modified + counts.removed === 0) return;
  const before = countsOf(directories, directory);
  directories.set(directory, {
    ...before,
    addedCount: before.addedCount + counts.added,
    modifiedCount: before.modifiedCount + counts.modified,
    removedCount: before.removedCount + counts.removed,
  });
}

function countsOf(directories: Map<RepoPath, StagedDirectory>, path: RepoPath): StagedDirectory {
  return (
    directories.get(path) ?? {
      path,
      addedCount: 0,
      modifiedCount: 0,
      removedCount: 0,
      state: undefined,
    }
  );
}

/** Pairs removed files with added files of the same content, in order of their paths. */
function pairMoves(files: readonly StagedFile[]): { moved: MovedFile[]; rest: StagedFile[] } {
  const removed = new Map<Hash, RepoPath[]>();
  for (const { path, state, hash } of files) {
    if (state !== 'removed' || hash === zeroHash) continue;
    const paths = removed.get(hash);
    if (paths === undefined) removed.set(hash, [path]);
    else paths.push(path);
  }
  if (removed.size === 0) return { moved: [], rest: [...files] };
  const moved: MovedFile[] = [];
  const paired = new Set<RepoPath>();
  for (const { path, state, hash } of files) {
    const from = state === 'added' ? removed.get(hash)?.shift() : undefined;
    if (from === undefined) continue;
    moved.push({ from, to: path });
    paired.add(from).add(path);
  }
  return { moved, rest: files.filter(({ path }) => !paired.has(path)) };
}
