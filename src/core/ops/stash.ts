/**
 * The verb `stash`: puts staged and unstaged changes away and brings the working tree back to HEAD. First all is stored and named by a
 * reference, in one transaction that also empties the staging area; only then files are touched, by a checkout from what was
 * stored to HEAD. Killed before that transaction nothing happened; killed after it the changes are in the stash, and what
 * is left of them in the working tree is what an interrupted checkout leaves.
 */
import { commitIdOf } from '../format/commit-id.js';
import { StagedRun, StagedRunBuilder, stagedStatuses } from '../format/staged-run.js';
import { NotFoundError, OperationError } from '../model/errors.js';
import type { CommitId, Hash } from '../model/hash.js';
import { baseName, parentPath, type RepoPath, sortBytewise } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { acquireLock } from '../store/locks.js';
import { Staging } from '../store/staging.js';
import type { CommitTree } from '../tree/read.js';
import { AddRecorder, oneRow, removedDirectory, removedFile } from './add-recorder.js';
import { AddRun } from './add-run.js';
import { moveReference } from './branch.js';
import { computeIds, writeNodes } from './build-tree.js';
import { checkoutLocked } from './checkout.js';
import { commitBlobs, type Identity } from './commit.js';
import type { OperationContext } from './context.js';
import { logOperation, summaryOfMessage } from './operation-log.js';
import { ensureFileIndexCurrent } from './reconcile.js';
import { revertRows } from './restore.js';
import { stagedAt } from './rows.js';
import { findChanges, type LocalChanges, requireNothingUnfinished } from './stash-changes.js';
import { nextStashRef, requireStash, type StashEntry } from './stash-entries.js';
import { TreeChange } from './tree-change.js';
import { WriteSession } from './write-session.js';

/** Settings of `stash`. */
export interface StashOptions {
  readonly message?: string; // what it is called; where it was made when absent
  readonly untracked?: boolean; // files that are not tracked too
  readonly identity?: Identity; // who made it
}

/** Area of the staging database for what is only stashed. */
const stashArea = 1;

/**
 * Puts changes away and returns the new entry.
 * @throws OperationError when there is nothing to put away; NotFoundError before the first commit
 * @throws ConflictError while a merge or a checkout is unfinished; nothing was changed in all these cases
 */
export async function stash(
  repository: OpenRepository,
  context: OperationContext,
  options: StashOptions = {},
): Promise<StashEntry> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  ensureFileIndexCurrent(repository);
  requireNothingUnfinished(repository);
  const head = repository.headTree();
  if (head === undefined) {
    throw new NotFoundError('There is no commit yet to go back to.', {
      hint: 'Make one first: oxen commit -m "message"',
    });
  }
  const changes = await findChanges(repository, context, options.untracked === true);
  const run = new StashRun(repository, head, context, options);
  const commitId = await run.save(changes);
  await checkoutLocked(repository, head.commit.id, repository.head(), context, { from: commitId });
  return requireStash(repository, 0);
}

/** Stores what `ingest` read, and stages it aside. */
class StashRecorder extends AddRecorder {
  readonly #aside: Staging;
  readonly #session: WriteSession;

  constructor(repository: OpenRepository, session: WriteSession, aside: Staging) {
    super(repository, session, () => {});
    this.#session = session;
    this.#aside = aside;
  }

  override record(directory: RepoPath, staged: Uint8Array): void {
    const run = new StagedRun(staged);
    if (run.count === 0) return;
    this.#session.addAction(staged.length, () => this.#aside.apply(directory, { upserts: [run] }));
  }
}

class StashRun {
  readonly #repository: OpenRepository;
  readonly #head: CommitTree;
  readonly #context: OperationContext;
  readonly #options: StashOptions;
  readonly #aside: Staging;

  constructor(
    repository: OpenRepository,
    head: CommitTree,
    context: OperationContext,
    options: StashOptions,
  ) {
    this.#repository = repository;
    this.#head = head;
    this.#context = context;
    this.#options = options;
    this.#aside = new Staging(repository.environment, stashArea);
  }

  /** Stores the changes and empties the staging area; returns the commit of the new entry. */
  async save(changes: LocalChanges): Promise<CommitId> {
    // Open from the first content to the reference: until then gc must not take what nothing names.
    using session = await WriteSession.open(this.#repository);
    this.#aside.clear();
    await this.#read(changes.read);
    this.#repository.environment.transaction(() => this.#stageGone(changes));
    const { staging } = this.#repository;
    const isStaged = !staging.isEmpty();
    const parents: CommitTree[] = [this.#head];
    if (isStaged) parents.push(await this.#commit(staging, this.#head.rootId, parents, session));
    const from = parents.at(-1)?.rootId ?? this.#head.rootId;
    const last = await this.#commit(this.#aside, from, parents, session, (id) => this.#finish(id));
    return last.commit.id;
  }

  /** Stores the contents of files and stages them aside. @throws OperationError when one cannot be read */
  async #read(paths: readonly RepoPath[]): Promise<void> {
    const run = await AddRun.open(
      this.#repository,
      this.#context,
      (repository, session) => new StashRecorder(repository, session, this.#aside),
    );
    try {
      for (const [directory, names] of byDirectory(paths)) await run.addFiles(directory, names);
      await run.finish();
    } finally {
      await run.close();
    }
    const [problem] = run.recorder.result.problems;
    if (problem === undefined) return;
    throw new OperationError(`Cannot stash ${problem.path}: ${problem.message}.`, {
      path: problem.path,
      hint: 'Nothing was changed.',
    });
  }

  #stageGone({ gone, goneDirectories }: LocalChanges): void {
    for (const [directory, names] of byDirectory(gone)) {
      const builder = new StagedRunBuilder(names.length);
      for (const name of names) builder.append(name, removedFile);
      this.#aside.apply(directory, { upserts: [new StagedRun(builder.finish())] });
    }
    for (const path of goneDirectories) {
      if (stagedAt(this.#aside, path)?.status === stagedStatuses.added) continue; // a file took its place
      this.#aside.apply(parentPath(path), { upserts: [oneRow(path, removedDirectory)] });
    }
  }

  /** Writes the tree that staged rows make of another one, and a commit of it; `last` runs in the transaction that does. */
  async #commit(
    staged: Staging,
    from: Hash,
    parents: readonly CommitTree[],
    session: WriteSession,
    last: (id: CommitId) => void = () => {},
  ): Promise<CommitTree> {
    const { nodes } = this.#repository;
    const change = new TreeChange(nodes, staged, from, nodes.isForeign(from));
    const rootId = await computeIds(change, this.#context);
    const { identity } = this.#options;
    const fields = {
      parentIds: parents.map(({ commit }) => commit.id),
      message: this.#message,
      author: identity?.name ?? '',
      email: identity?.email ?? '',
      timestamp: this.#context.clock.now(),
    };
    const commit = { id: commitIdOf(fields, rootId), ...fields };
    const payload = await writeNodes(this.#repository, change, commit.id, session, this.#context);
    await session.save(() => {
      if (!nodes.has(commit.id)) nodes.put(commit.id, commitBlobs(commit, rootId, payload));
      last(commit.id);
    });
    return { commit, rootId };
  }

  /** Names the entry and takes its changes out of the staging area. */
  #finish(commitId: CommitId): void {
    const repository = this.#repository;
    const { staging } = repository;
    for (const directory of staging.directories()) {
      const names = staging.readDirectory(directory).flatMap((run) => run.names.all);
      revertRows(repository, directory, names, this.#head.rootId);
    }
    staging.clear();
    this.#aside.clear();
    const name = nextStashRef(repository);
    const refs = [moveReference(repository, { name, expected: undefined, next: commitId })];
    const operation = {
      verb: 'stash',
      summary: summaryOfMessage(this.#message),
      refs,
      files: 'none',
    } as const;
    logOperation(repository, operation, this.#context.clock);
  }

  get #message(): string {
    const head = this.#repository.head();
    const place = head.kind === 'branch' ? head.branch : 'a detached HEAD';
    const { message } = this.#options;
    if (message !== undefined) return `On ${place}: ${message}`;
    const { id, message: of } = this.#head.commit;
    return `WIP on ${place}: ${id.slice(0, 10)} ${summaryOfMessage(of)}`;
  }
}

function byDirectory(paths: readonly RepoPath[]): Map<RepoPath, string[]> {
  const groups = new Map<RepoPath, string[]>();
  for (const path of sortBytewise([...new Set(paths)])) {
    const names = groups.get(parentPath(path));
    if (names === undefined) groups.set(parentPath(path), [baseName(path)]);
    else names.push(baseName(path));
  }
  return groups;
}
