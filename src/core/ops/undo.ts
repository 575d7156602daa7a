/**
 * The verb `undo`: takes the last logged operation back, or a given one if nothing moved since where it left things. References and HEAD
 * go back to where they were. A commit that is taken back leaves the files alone and its changes staged; what wrote files is taken
 * back by a checkout, which refuses to overwrite local changes. An undo is an operation too: undone, it does the thing again.
 */
import { ConflictError, NotFoundError, OperationError } from '../model/errors.js';
import type { CommitId, Hash } from '../model/hash.js';
import type { OpenRepository } from '../repository.js';
import type { Head } from '../store/head.js';
import { acquireLock } from '../store/locks.js';
import { branchRef } from '../store/ref-names.js';
import { moveReference } from './branch.js';
import { checkoutLocked } from './checkout.js';
import { readCheckoutState } from './checkout-state.js';
import type { OperationContext } from './context.js';
import { readMergeState, writeMergeState } from './merge-state.js';
import {
  type LoggedOperation,
  listOperations,
  logOperation,
  type MovedRef,
  type Operation,
} from './operation-log.js';
import { rebaseStaging } from './rebase-staging.js';
import { ensureFileIndexCurrent } from './reconcile.js';

/** What an undo did. */
export interface UndoResult {
  readonly undone: LoggedOperation;
  readonly head: Head; // now
  readonly headId: CommitId | undefined;
}

/**
 * Takes an operation back.
 * @param id of the operation; the newest one when undefined
 * @throws NotFoundError when there is none; ConflictError when something moved since, a merge or checkout is unfinished, or
 * local changes would be lost; nothing was changed then
 */
export async function undo(
  repository: OpenRepository,
  context: OperationContext,
  id?: number,
): Promise<UndoResult> {
  using _lock = await acquireLock(repository.controlDirectory, 'worktree');
  repository.environment.refresh();
  const operation = findOperation(repository, id);
  requireNothingUnfinished(repository);
  requireUnmoved(repository, operation);
  ensureFileIndexCurrent(repository);
  const inverse = inverseOf(operation);
  const now = repository.headCommitId();
  const target = headCommitAfter(repository, inverse);
  if (target === now || inverse.files === 'none') moveNames(repository, inverse, context);
  else if (inverse.files === 'staged') moveCommit(repository, inverse, now, target, context);
  else await moveFiles(repository, inverse, target, context);
  return { undone: operation, head: repository.head(), headId: repository.headCommitId() };
}

function findOperation(repository: OpenRepository, id: number | undefined): LoggedOperation {
  const operations = listOperations(repository);
  const found =
    id === undefined ? operations[0] : operations.find((operation) => operation.id === id);
  if (found !== undefined) return found;
  if (id === undefined) throw new NotFoundError('There is nothing to undo.');
  throw new NotFoundError(`There is no operation ${id} in the log.`, {
    hint: 'See which there are: oxen undo --list',
  });
}

function requireNothingUnfinished(repository: OpenRepository): void {
  if (readCheckoutState(repository) !== undefined) {
    throw new ConflictError('A checkout was interrupted.', {
      hint: 'Go back: oxen checkout --abort',
    });
  }
  const merge = readMergeState(repository);
  if (merge === undefined || merge.conflicts.length === 0) return;
  throw new ConflictError('A merge is not finished yet.', {
    hint: 'Take it back: oxen merge --abort',
  });
}

/** @throws ConflictError when a name is not where the operation left it; NotFoundError when a commit is gone */
function requireUnmoved(repository: OpenRepository, { verb, refs, head }: LoggedOperation): void {
  const moved = refs.find(({ name, after }) => (repository.refs.read(name) ?? null) !== after);
  const isHeadMoved = head !== undefined && !isSameHead(repository.head(), head.after);
  if (moved !== undefined || isHeadMoved) {
    const what = moved?.name.replace(/^[a-z]+\//, '') ?? 'HEAD';
    throw new ConflictError(`'${what}' moved since that operation.`, {
      hint: 'Take back what came after it first: oxen undo --list',
    });
  }
  if (verb === 'stash' && refs.some(({ before }) => before === null)) {
    throw new ConflictError('The last operation put changes away.', {
      hint: 'Bring them back: oxen stash pop',
    });
  }
  const gone = refs.find(({ before }) => before !== null && !repository.nodes.has(before));
  if (gone === undefined) return;
  throw new NotFoundError(`The commit ${gone.before} is not here any more.`, {
    hint: 'It was removed by oxen gc.',
  });
}

function isSameHead(one: Head, other: Head): boolean {
  if (one.kind === 'branch') return other.kind === 'branch' && one.branch === other.branch;
  return other.kind === 'detached' && one.commitId === other.commitId;
}

/** Returns the operation that takes one back. */
function inverseOf({ id, verb, summary, refs, head, files, merge }: LoggedOperation): Operation {
  return {
    verb: verb === 'undo' ? 'redo' : 'undo',
    summary: verb === 'undo' || verb === 'redo' ? summary : `${verb} ${summary}`,
    refs: refs.map(({ name, before, after }) => ({ name, before: after, after: before })),
    files,
    undoes: id,
    ...(head && { head: { before: head.after, after: head.before } }),
    ...(merge && { merge: swap(merge) }),
  };
}

function swap({ before, after }: NonNullable<Operation['merge']>): NonNullable<Operation['merge']> {
  return { ...(after && { before: after }), ...(before && { after: before }) };
}

/** Returns the commit of HEAD after an operation; undefined: HEAD is on a branch without commits. */
function headCommitAfter(
  repository: OpenRepository,
  { head, refs }: Operation,
): CommitId | undefined {
  const place = head?.after ?? repository.head();
  if (place.kind === 'detached') return place.commitId;
  const name = branchRef(place.branch);
  const moved = refs.find((ref) => ref.name === name);
  return moved === undefined ? repository.refs.read(name) : (moved.after ?? undefined);
}

function moveRefs(repository: OpenRepository, refs: readonly MovedRef[]): MovedRef[] {
  return refs.map(({ name, before, after }) =>
    moveReference(repository, { name, expected: before ?? undefined, next: after ?? undefined }),
  );
}

/** Moves names only. HEAD never stands on a branch that is not there, also not for a moment. */
function moveNames(repository: OpenRepository, operation: Operation, { clock }: OperationContext) {
  const after = operation.head?.after;
  const isThere = after?.kind !== 'branch' || repository.reference(`heads/${after.branch}`);
  if (after !== undefined && isThere) repository.writeHead(after);
  repository.environment.transaction(() => {
    moveRefs(repository, operation.refs);
    logOperation(repository, operation, clock);
  });
  if (after !== undefined && !isThere) repository.writeHead(after);
}

/** Puts HEAD before or after a commit. Files stay; what is staged stays what the next commit will hold. */
function moveCommit(
  repository: OpenRepository,
  operation: Operation,
  from: CommitId | undefined,
  to: CommitId | undefined,
  { clock }: OperationContext,
): void {
  if (repository.checkedOutCommit() !== from) {
    throw new ConflictError('The branch moved since this working tree was made from it.', {
      hint: 'Keep your files, take over the new state with: oxen checkout --force HEAD',
    });
  }
  const [fromRoot, toRoot] = [rootOf(repository, from), rootOf(repository, to)];
  repository.environment.transaction(() => {
    rebaseStaging(repository, fromRoot, toRoot);
    moveRefs(repository, operation.refs);
    repository.setCheckedOutCommit(to);
    repository.fileIndex.setRoot(toRoot);
    const merge = operation.merge?.after;
    writeMergeState(repository, merge && { ...merge, conflicts: [] });
    logOperation(repository, operation, clock);
  });
  if (operation.head !== undefined) repository.writeHead(operation.head.after);
}

function rootOf(repository: OpenRepository, id: CommitId | undefined): Hash | undefined {
  return id === undefined ? undefined : repository.commitTree(id)?.rootId;
}

async function moveFiles(
  repository: OpenRepository,
  operation: Operation,
  to: CommitId | undefined,
  context: OperationContext,
): Promise<void> {
  if (to === undefined) {
    throw new OperationError('There was no commit before that operation to go back to.');
  }
  const { verb, summary, undoes = 0, refs } = operation;
  await checkoutLocked(repository, to, operation.head?.after ?? repository.head(), context, {
    last: () => moveRefs(repository, refs),
    log: { verb, summary, undoes },
  });
}
