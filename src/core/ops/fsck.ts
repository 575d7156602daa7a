/**
 * The verb `fsck`: is every byte that something points to still what it was? References, commits and directories are read and
 * their ids recomputed, then every record of contents that they name is read and hashed in jobs. Nothing is changed.
 */
import { commitIdOf, originalCommitId } from '../format/commit-id.js';
import type { NodeView } from '../format/node-file.js';
import { walkCommits } from '../history/ancestry.js';
import { millisecondsOf } from '../model/clock.js';
import { OxenError } from '../model/errors.js';
import {
  type CommitId,
  type Hash,
  hashBytesLength,
  hashFromBytes,
  hashToBytes,
} from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import { type RepoPath, rootPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { verifyDatabases } from '../store/verify-databases.js';
import { judgeDir } from '../tree/node-rules.js';
import type { CommitTree } from '../tree/read.js';
import { CheckSample, type SampleReport } from './check-sample.js';
import { findNeeds, NeededContents, visitStagedFiles } from './content-needs.js';
import { type OperationContext, throwIfStopped } from './context.js';
import { DirectoryWalk, type MetDirectory } from './directory-walk.js';
import { type CommitLoss, findLosses } from './lost-paths.js';
import { type ContentProblem, verifyContents } from './verify-contents.js';

/** Something that is not as it should be. */
export interface FsckProblem {
  readonly kind: 'reference' | 'commit' | 'node' | 'content' | 'index';
  readonly message: string; // a full sentence
  readonly hash?: Hash; // of the damaged thing
  readonly path?: RepoPath; // a path that needs it; `losses` names all
  readonly commitId?: CommitId; // a commit that needs it
  readonly sizeBytes?: number; // of a content, as its file says
}

/** What was checked and what was found. */
export interface FsckReport {
  readonly branchCount: number; // references of all kinds
  readonly commitCount: number;
  readonly directoryCount: number; // different ones
  readonly contentCount: number; // different ones
  readonly checkedBytes: number;
  readonly absentCount: number; // contents that a clone left out: those of older commits, and outside of its part
  readonly foreignCommitCount: number; // made by other programs: their ids do not cover the data
  readonly problems: readonly FsckProblem[];
  readonly losses: readonly CommitLoss[]; // what the problems come to: paths by commit, newest commits first
  readonly sample?: SampleReport; // only with a sample
}

/** Settings of `fsck`. */
export interface FsckOptions {
  readonly sampleShare?: number; // of the stored contents that are read, above 0, at most 1; all when absent
}

/**
 * Checks everything that can be reached from references, HEAD and the staging area. With a sample a part of the contents is read, the one
 * that was not checked for the longest time, and that is recorded; all else is checked whole.
 */
export async function fsck(
  repository: OpenRepository,
  context: OperationContext,
  options: FsckOptions = {},
): Promise<FsckReport> {
  const run = new FsckRun(repository, context);
  run.checkDatabases();
  run.checkCommits();
  run.checkStaging();
  return run.checkContents(options.sampleShare);
}

class FsckRun {
  readonly #repository: OpenRepository;
  readonly #context: OperationContext;
  readonly #problems: FsckProblem[] = [];
  readonly #walk: DirectoryWalk;
  readonly #contents: NeededContents;
  readonly #headIds = new Set<CommitId>();
  readonly #lost = new HashTable(); // contents
  #commitIds: readonly CommitId[] = [];
  #commitCount = 0;
  #branchCount = 0;
  #foreignCommitCount = 0;

  constructor(repository: OpenRepository, context: OperationContext) {
    this.#repository = repository;
    this.#context = context;
    this.#walk = new DirectoryWalk(repository.nodes);
    this.#contents = new NeededContents(repository);
  }

  /** Reads every row of the database, also those that nothing reachable needs. */
  checkDatabases(): void {
    for (const { message } of verifyDatabases(this.#repository.environment).problems) {
      this.#problems.push({ kind: 'index', message });
    }
    // Every page was read, and pages that stay mapped count as memory.
    this.#repository.environment.releasePages();
  }

  /** Checks every commit that something points to, with its tree. */
  checkCommits(): void {
    const heads = this.#heads();
    for (const id of heads) this.#headIds.add(id);
    const ids = Array.from(walkCommits(this.#source(), heads), ({ id }) => id);
    // The newest commits go first, so that a content that one of them needs is known to be needed by it.
    const isHead = (id: CommitId) => this.#headIds.has(id);
    this.#commitIds = [...ids.filter(isHead), ...ids.filter((id) => !isHead(id))];
    for (const id of this.#commitIds) {
      throwIfStopped(this.#context);
      this.#commitCount++;
      this.#guard({ kind: 'commit', hash: id, commitId: id }, () => this.#checkCommit(id));
    }
    this.#repository.environment.releasePages();
  }

  /** Checks the staging area and the file index, and notes the staged contents. */
  checkStaging(): void {
    const { fileIndex } = this.#repository;
    this.#guard({ kind: 'index' }, () => {
      visitStagedFiles(this.#repository, (path, { hashes }, row) => {
        this.#contents.addStaged(path, hashes, row * hashBytesLength);
      });
    });
    this.#guard({ kind: 'index' }, () => {
      for (const directory of fileIndex.directories(rootPath)) fileIndex.readDirectory(directory);
    });
  }

  /** Reads and hashes every content that was noted and returns the report. */
  async checkContents(sampleShare?: number): Promise<FsckReport> {
    const sample = sampleShare === undefined ? undefined : this.#chooseSample(sampleShare);
    const { checkedBytes, absentCount, problems } = await verifyContents(
      this.#repository,
      this.#contents.hashes,
      this.#context,
      {
        isWanted: ({ packId, offset }) => sample?.includes(packId, offset) ?? true,
        isRequired: (index) => this.#contents.isRequired(index),
      },
    );
    for (const { record } of problems) {
      if (record !== undefined) sample?.fail(record.packId, record.offset);
    }
    this.#reportLost(problems);
    const report = this.#report(checkedBytes, absentCount);
    if (sample === undefined) return report;
    return { ...report, sample: sample.record(millisecondsOf(this.#context.clock)) };
  }

  /** Returns the sample; undefined, so that everything is read, when nobody can say where contents lie. */
  #chooseSample(share: number): CheckSample | undefined {
    let sample: CheckSample | undefined;
    this.#guard({ kind: 'index' }, () => {
      sample = new CheckSample(this.#repository, share);
    });
    return sample;
  }

  #reportLost(problems: readonly ContentProblem[]): void {
    if (problems.length === 0) return;
    for (const { index } of problems) {
      this.#lost.add(this.#contents.hashes, index * hashBytesLength);
    }
    const needs = findNeeds(this.#repository, this.#commitIds, this.#lost);
    for (const [index, { message }] of problems.entries()) {
      const hash = hashFromBytes(this.#lost.hashes, index * hashBytesLength);
      const need = needs[index];
      const commit = need?.commitId === undefined ? {} : { commitId: need.commitId };
      const path = need === undefined ? {} : { path: need.path, sizeBytes: need.sizeBytes };
      this.#problems.push({ kind: 'content', message, hash, ...path, ...commit });
    }
  }

  #report(checkedBytes: number, absentCount: number): FsckReport {
    return {
      branchCount: this.#branchCount,
      commitCount: this.#commitCount,
      directoryCount: this.#walk.directoryCount,
      contentCount: this.#contents.count - absentCount,
      checkedBytes,
      absentCount,
      foreignCommitCount: this.#foreignCommitCount,
      problems: this.#problems,
      losses: this.#findLosses(),
    };
  }

  #findLosses(): CommitLoss[] {
    if (!this.#problems.some(({ kind }) => kind !== 'index' && kind !== 'reference')) return [];
    const isLost = (content: Hash) => this.#lost.find(hashToBytes(content)) >= 0;
    return findLosses(this.#repository, this.#commitIds, isLost);
  }

  /** Runs a check; what it throws is a problem, not the end. */
  #guard(about: Omit<FsckProblem, 'message'>, check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof OxenError)) throw error;
      this.#problems.push({ ...about, message: error.message });
    }
  }

  /** A commit that cannot be read ends its line of history here; that it cannot be read is reported. */
  #source() {
    return {
      commit: (id: CommitId) => {
        let found: CommitTree | undefined;
        this.#guard({ kind: 'commit', hash: id, commitId: id }, () => {
          found = this.#repository.commitTree(id);
          if (found === undefined && !this.#repository.isShallow(id)) this.#missingCommit(id);
        });
        return found?.commit;
      },
    };
  }

  #missingCommit(id: CommitId): void {
    const message = `The commit ${id} is missing.`;
    this.#problems.push({ kind: 'commit', message, hash: id, commitId: id });
  }

  #heads(): CommitId[] {
    const heads: CommitId[] = [];
    const { refs } = this.#repository;
    for (const name of refs.names()) {
      this.#branchCount++;
      this.#guard({ kind: 'reference' }, () => {
        const id = refs.read(name);
        if (id !== undefined) heads.push(id);
      });
    }
    this.#guard({ kind: 'reference' }, () => {
      const head = this.#repository.headCommitId();
      if (head !== undefined) heads.push(head);
    });
    return heads;
  }

  #checkCommit(id: CommitId): void {
    const tree = this.#repository.commitTree(id);
    if (tree === undefined) return;
    const { commit, rootId } = tree;
    const isOurs = commitIdOf(commit, rootId) === id;
    if (!isOurs && originalCommitId(commit) === id) this.#foreignCommitCount++;
    else if (!isOurs) {
      const message = `The id of commit ${id} does not match what it says.`;
      this.#problems.push({ kind: 'commit', message, hash: id, commitId: id });
    }
    if (commit.id !== id) {
      const message = `The commit stored as ${id} says that it is ${commit.id}.`;
      this.#problems.push({ kind: 'commit', message, hash: id, commitId: id });
    }
    const isRecent = this.#headIds.has(id);
    this.#walk.visit(id, tree, {
      ...(isOurs ? { directory: (met, dir, vnodes) => this.#judge(met, dir, vnodes) } : {}),
      file: (met, vnode, child) => this.#contents.addFile(met, vnode, child, isRecent),
      unreadable: ({ id: hash, path, commitId }, { message }) =>
        this.#problems.push({ kind: 'node', hash, path, commitId, message }),
    });
  }

  #judge({ id, path, commitId }: MetDirectory, dir: NodeView, vnodes: readonly NodeView[]): void {
    const { problem } = judgeDir(path, hashToBytes(id), dir, vnodes);
    if (problem === undefined) return;
    const message = `The directory '${path}' (${id}) is damaged: ${problem}.`;
    this.#problems.push({ kind: 'node', message, hash: id, path, commitId });
  }
}
