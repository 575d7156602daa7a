/**
 * Three-way merge of stored trees, as a plan: what must happen to our tree so that it holds the changes of both sides.
 * Nothing is read but nodes, nothing is written, and no content is looked at: files that both sides changed are named, and
 * their contents are merged by `text-merge` and `table-merge`.
 *
 * Rules, the same for both sides. Files: `file-rule`. Renames: `renames`; a file renamed by one side and changed by
 * the other ends at the new path with the change. Directories are entries of their own, empty ones too: one that a side
 * deleted goes unless something survives in it; one that both sides have stays. Where one side leaves a file and the other
 * a directory with contents of its own, the whole path is one conflict and nothing below it is planned.
 */
import type { Hash } from '../model/hash.js';
import { joinPath, type RepoPath, rootPath } from '../model/path.js';
import type { NodeSource, TreeEntry } from '../tree/read.js';
import type { Conflict, ConflictKind, ConflictSide } from './conflict.js';
import { decideFile, type FileDecision } from './file-rule.js';
import { findRenames, type RenamedFile } from './renames.js';
import { type DirectoryIds, readTriples, type Sameness, type Triple } from './triples.js';

/** What happens at one path of our tree. */
export type MergeStep =
  /** Ours stays although theirs has something else; only planned with `withKept`. */
  | { readonly action: 'keep'; readonly path: RepoPath; readonly entry: TreeEntry }
  /** The file or directory goes; directories after what they hold. */
  | { readonly action: 'delete'; readonly path: RepoPath; readonly entry: TreeEntry }
  /** `entry` is put here, in place of a file that may stand there; directories above it are implied. */
  | {
      readonly action: 'take';
      readonly path: RepoPath;
      readonly entry: TreeEntry; // of theirs; of ours when theirs renamed it
    }
  /** Both contents must be merged; `conflict` is what it is when they cannot be. */
  | {
      readonly action: 'merge';
      readonly path: RepoPath;
      readonly conflict: Conflict;
    }
  | { readonly action: 'conflict'; readonly path: RepoPath; readonly conflict: Conflict };

/** What a plan may depend on. */
export interface MergeOptions {
  /** Also plan `keep` for what only ours changed; such subtrees are skipped otherwise. */
  readonly withKept?: boolean;
  /** Says whether contents may be merged; where not, the step is a conflict. Without it they always may. */
  readonly isMergeable?: (sides: FileTriple) => boolean;
}

/** The files of a `merge` step. */
export interface FileTriple {
  readonly path: RepoPath;
  readonly base: TreeEntry | undefined;
  readonly ours: TreeEntry;
  readonly theirs: TreeEntry;
}

/**
 * Yields the steps that turn our tree into the merged one, in an order in which they can be done: directory by directory,
 * ascending by name, with the old paths of renames before all else and their new paths after. With equal trees, or theirs equal to base, there are none. Subtrees with equal ids are not read; memory follows
 * the names that differ in one directory, and the renames that both sides touched.
 * @param roots base is undefined for histories without a common commit
 * @throws IntegrityError when a node is missing or damaged
 */
export function* planMerge(
  source: NodeSource,
  roots: DirectoryIds,
  options: MergeOptions = {},
): Generator<MergeStep> {
  const walk = new ThreeWayWalk(source, options);
  const renamed = findRenames(source, roots);
  for (const file of renamed) yield* walk.leaveOldPath(file);
  yield* walk.planDirectory(rootPath, roots);
  for (const file of renamed) yield* walk.planNewPath(file);
}

class ThreeWayWalk {
  readonly #source: NodeSource;
  readonly #options: MergeOptions;
  /** Paths that renames decided: whether a file stands there afterwards. */
  readonly #settled = new Map<RepoPath, boolean>();

  constructor(source: NodeSource, options: MergeOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** Settles the paths of a renamed file; where theirs moved what ours changed, the old path goes. */
  *leaveOldPath({ path, ours, theirs }: RenamedFile): Generator<MergeStep> {
    this.#settled.set(path, false);
    for (const moved of [ours, theirs]) {
      if (moved !== undefined && moved.path !== path) this.#settled.set(moved.path, true);
    }
    if (ours?.path === path) yield { action: 'delete', path, entry: ours.entry };
  }

  /** Plans what stands at the new path of a renamed file. */
  *planNewPath(file: RenamedFile): Generator<MergeStep> {
    const { path, base, ours, theirs } = file;
    if (ours === undefined || theirs === undefined) {
      const target = (ours ?? theirs)?.path ?? path;
      yield conflictStep(target, 'renamed-deleted', describeRename(file));
    } else if (ours.path !== path && theirs.path !== path) {
      yield conflictStep(path, 'renamed-differently', describeRename(file));
    } else {
      const target = ours.path === path ? theirs.path : ours.path;
      const decision = decideFile({ base, ours: ours.entry, theirs: theirs.entry });
      if (decision.action === 'take') {
        yield { ...decision, path: target };
        return;
      }
      if (ours.path === path) {
        yield { action: 'take', path: target, entry: ours.entry };
      }
      // Contents cannot clash, since the mover kept them; metadata that both sides set can.
      if (decision.action !== 'keep') {
        yield conflictStep(target, 'both-modified', describeRename(file));
      }
    }
  }

  /** Plans everything below a directory and returns whether the merged tree has the directory. */
  *planDirectory(path: RepoPath, ids: DirectoryIds): Generator<MergeStep, boolean> {
    const inBoth = ids.ours !== undefined && ids.theirs !== undefined;
    if (ids.ours === ids.theirs) return ids.ours !== undefined;
    if (ids.base === ids.theirs && !this.#options.withKept) return ids.ours !== undefined;
    let survives = inBoth || path === rootPath;
    const skips = ({ baseTheirs, oursTheirs }: Sameness) =>
      oursTheirs || (inBoth && baseTheirs && !this.#options.withKept);
    for (const triple of readTriples(this.#source, ids, skips)) {
      if (yield* this.#planEntry(joinPath(path, triple.name), triple)) survives = true;
    }
    return survives;
  }

  /** Plans one name and what is below it; returns whether the merged tree has it. */
  *#planEntry(path: RepoPath, triple: Triple): Generator<MergeStep, boolean> {
    const dirs = pickDirs(triple);
    const decision = this.#decide(path, triple);
    const leavesFile = decision.action !== 'absent' && decision.action !== 'delete';
    const hasDir = dirs.ours !== undefined || dirs.theirs !== undefined;
    if (!hasDir) {
      yield* this.#fileSteps(path, triple, decision);
      return leavesFile || this.#settled.get(path) === true;
    }
    if (leavesFile && this.#hasSurvivors(path, dirs)) {
      yield conflictStep(path, 'file-directory', describeTriple(path, triple));
      return true;
    }
    // Files go before the directory that takes their place, and directories before the file that takes theirs.
    if (!leavesFile) yield* this.#fileSteps(path, triple, decision);
    const survives = yield* this.#planSubdirectory(path, triple, dirs);
    if (leavesFile) yield* this.#fileSteps(path, triple, decision);
    return survives || leavesFile;
  }

  *#planSubdirectory(
    path: RepoPath,
    { ours, theirs }: Triple,
    dirs: DirectoryIds,
  ): Generator<MergeStep, boolean> {
    const isNew = dirs.base === undefined;
    if (isNew && dirs.ours === undefined && theirs !== undefined) {
      yield { action: 'take', path, entry: theirs };
    }
    if (isNew && dirs.theirs === undefined && ours !== undefined && this.#options.withKept) {
      yield { action: 'keep', path, entry: ours };
    }
    const survives = (yield* this.planDirectory(path, dirs)) || isNew;
    if (!survives && ours?.kind === 'dir') yield { action: 'delete', path, entry: ours };
    return survives;
  }

  *#fileSteps(path: RepoPath, triple: Triple, decision: FileDecision): Generator<MergeStep> {
    if (decision.action === 'take' || decision.action === 'delete') yield { ...decision, path };
    else if (decision.action === 'keep') {
      if (this.#options.withKept) yield { ...decision, path };
    } else if (decision.action === 'conflict') {
      yield conflictStep(path, decision.kind, describeTriple(path, triple));
    } else if (decision.action === 'merge') {
      yield this.#mergeStep(path, triple);
    }
  }

  #mergeStep(path: RepoPath, triple: Triple): MergeStep {
    const { base, ours, theirs } = pickFiles(triple);
    const kind = base === undefined ? 'both-added' : 'both-modified';
    const step = conflictStep(path, kind, describeTriple(path, triple));
    if (ours === undefined || theirs === undefined) return step;
    const { isMergeable } = this.#options;
    if (isMergeable !== undefined && !isMergeable({ path, base, ours, theirs })) return step;
    return { action: 'merge', path, conflict: step.conflict };
  }

  #decide(path: RepoPath, triple: Triple): FileDecision {
    return this.#settled.has(path) ? { action: 'absent' } : decideFile(pickFiles(triple));
  }

  /**
   * Says whether anything stays of a directory that only one side has, when the other side's deletion of what base had
   * is carried out: what that side added or changed.
   */
  #hasSurvivors(path: RepoPath, { base, ours, theirs }: DirectoryIds): boolean {
    if (base === undefined) return true;
    const walk = new ThreeWayWalk(this.#source, { withKept: true });
    for (const [settled, hasFile] of this.#settled) walk.#settled.set(settled, hasFile);
    for (const step of walk.planDirectory(path, {
      base,
      ours: ours ?? theirs,
      theirs: undefined,
    })) {
      if (step.action !== 'delete') return true;
    }
    return false;
  }
}

function conflictStep(path: RepoPath, kind: ConflictKind, sides: Omit<Conflict, 'path' | 'kind'>) {
  return { action: 'conflict', path, conflict: { path, kind, ...sides } } as const;
}

function pickDirs({ base, ours, theirs }: Triple): DirectoryIds {
  return { base: dirId(base), ours: dirId(ours), theirs: dirId(theirs) };
}

function dirId(entry: TreeEntry | undefined): Hash | undefined {
  return entry?.kind === 'dir' ? entry.hash : undefined;
}

function pickFiles({ base, ours, theirs }: Triple) {
  return { base: fileOf(base), ours: fileOf(ours), theirs: fileOf(theirs) };
}

function fileOf(entry: TreeEntry | undefined): TreeEntry | undefined {
  return entry?.kind === 'file' ? entry : undefined;
}

function describeTriple(path: RepoPath, { base, ours, theirs }: Triple) {
  return {
    base: describe(path, base),
    ours: describe(path, ours),
    theirs: describe(path, theirs),
  };
}

function describeRename({ path, base, ours, theirs }: RenamedFile) {
  return {
    base: describe(path, base),
    ours: ours && describe(ours.path, ours.entry),
    theirs: theirs && describe(theirs.path, theirs.entry),
  };
}

function describe(path: RepoPath, entry: TreeEntry | undefined): ConflictSide | undefined {
  if (entry === undefined) return undefined;
  const { kind, hash, sizeBytes } = entry;
  return { path, kind, hash, sizeBytes };
}
