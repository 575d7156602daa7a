/**
 * What stands on disk at the paths that a verb is going to change, asked directory by directory. The file index tells of most files what
 * they hold; the others are hashed.
 */
import { FileIndexRun } from '../format/file-index-run.js';
import { type Hash, hashBytesLength, hashFromBytes } from '../model/hash.js';
import type { DirectoryComparison, HashFilesOutput } from '../model/jobs.js';
import { joinNames, splitNames } from '../model/name-list.js';
import { baseName, type RepoPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import type { TreeEntry } from '../tree/read.js';
import { DirectoryGuard } from '../worktree/directory-guard.js';
import { type OperationContext, pause } from './context.js';

/** What stands at a path of the working tree, as far as a checkout cares. */
export type DiskState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly hash: Hash }
  | { readonly kind: 'directory' }
  | { readonly kind: 'other' };

/** What stands, or is to stand, at a path. */
export type PathSide = Pick<TreeEntry, 'kind' | 'hash'>;

/** A path whose file a verb is going to write or remove. */
export interface PathChange {
  readonly path: RepoPath;
  readonly left: PathSide | undefined; // as it was put there last
  readonly right: PathSide | undefined; // as it will be
}

/** Changes of entries of one directory. */
export interface DirectoryChanges<Change extends PathChange = PathChange> {
  readonly directory: RepoPath;
  readonly changes: readonly Change[];
}

/** The changes in one directory, and what stands at their places. */
export interface DirectoryStates<Change extends PathChange> extends DirectoryChanges<Change> {
  readonly states: ReadonlyMap<string, DiskState>; // by name; what is not there is absent
}

/** Directories and changes that one job looks at. */
const directoriesPerJob = 64;
const changesPerJob = 4096;

/** Yields what stands on disk at the given paths, directory by directory; several jobs look at once, so that the order may be another. */
export async function* readStates<Change extends PathChange>(
  repository: OpenRepository,
  groups: AsyncIterable<DirectoryChanges<Change>> | Iterable<DirectoryChanges<Change>>,
  context: OperationContext,
): AsyncGenerator<DirectoryStates<Change>> {
  const guard = new DirectoryGuard(repository.root);
  const read = async function* (batches: readonly DirectoryChanges<Change>[][]) {
    await pause(context);
    const found = batches.map((batch) => readBatch(repository, batch, context));
    for (const states of await Promise.all(found)) yield* states;
  };
  let batches: DirectoryChanges<Change>[][] = [[]];
  let changeCount = 0;
  for await (const group of groups) {
    // Where there is no directory there is nothing to look at.
    if (guard.stateOf(group.directory).kind === 'missing') {
      yield { ...group, states: new Map() };
      continue;
    }
    const batch = batches.at(-1);
    batch?.push(group);
    changeCount += group.changes.length;
    if ((batch?.length ?? 0) < directoriesPerJob && changeCount < changesPerJob) continue;
    changeCount = 0;
    if (batches.length === context.jobs.parallelism) {
      yield* read(batches);
      batches = [];
    }
    batches.push([]);
  }
  yield* read(batches);
}

/** File contents are hashed only when the index cannot tell. */
async function readBatch<Change extends PathChange>(
  { root, fileIndex }: OpenRepository,
  batch: readonly DirectoryChanges<Change>[],
  { jobs }: OperationContext,
): Promise<DirectoryStates<Change>[]> {
  if (batch.length === 0) return [];
  const runs = batch.map(({ directory }) => fileIndex.readDirectory(directory));
  const directories = batch.map(({ directory: path }, index) => ({
    path,
    runs: (runs[index] ?? []).map((run) => run.bytes),
  }));
  const comparisons = await jobs.run('compareDirs', { root, directories });
  const looked = batch.map(({ directory, changes }, index) => {
    const wanted = new Set(changes.map(({ path }) => baseName(path)));
    const found = statesOf(comparisons[index], runs[index] ?? [], wanted);
    return { directory, changes, ...found };
  });
  const unsure = looked.filter(({ names }) => names.length > 0);
  if (unsure.length === 0) return looked;
  const hashed = await jobs.run(
    'hashFiles',
    unsure.map(({ directory, names }) => ({ root, directory, names: joinNames(names) })),
  );
  unsure.forEach(({ states }, index) => {
    addHashed(states, hashed[index]);
  });
  return looked;
}

/** Returns what the comparison of a directory says of the wanted names, and the names of files that must be hashed. */
function statesOf(
  comparison: DirectoryComparison | undefined,
  runs: readonly FileIndexRun[],
  wanted: ReadonlySet<string>,
): { readonly states: Map<string, DiskState>; readonly names: readonly string[] } {
  const states = new Map<string, DiskState>();
  if (comparison === undefined) return { states, names: [] };
  const toHash = new Set(splitNames(comparison.suspect).concat(splitNames(comparison.changed)));
  const missing = new Set(splitNames(comparison.missing));
  splitNames(comparison.listing.names).forEach((name, index) => {
    const kind = comparison.listing.kinds[index];
    if (kind === 'd') states.set(name, { kind: 'directory' });
    else if (kind === 'f') toHash.add(name);
    else states.set(name, { kind: 'other' });
  });
  for (const run of runs) {
    run.names.all.forEach((name, row) => {
      if (!wanted.has(name) || toHash.has(name) || missing.has(name) || states.has(name)) return;
      states.set(name, { kind: 'file', hash: hashFromBytes(run.hashes, row * hashBytesLength) });
    });
  }
  const names = [...toHash].filter((name) => wanted.has(name) && !states.has(name)).sort();
  return { states, names };
}

function addHashed(states: Map<string, DiskState>, output: HashFilesOutput | undefined): void {
  if (output === undefined) return;
  const hashed = new FileIndexRun(output.index);
  hashed.names.all.forEach((name, row) => {
    states.set(name, { kind: 'file', hash: hashFromBytes(hashed.hashes, row * hashBytesLength) });
  });
  for (const { name } of output.problems) states.set(name, { kind: 'other' });
}
