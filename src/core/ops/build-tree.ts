/**
 * Makes the nodes of a new commit from the staging area. Ids come first, from the deepest directories upwards; they do not
 * depend on the commit. Then the nodes are written, which name it. Both passes run in jobs.
 */
import { bucketOf } from '../format/buckets.js';
import { hashTextInto } from '../format/hashing.js';
import { encodeDir } from '../format/node-codec.js';
import { parseNode, payloadOf } from '../format/node-file.js';
import { type CommitId, type Hash, hashBytesLength, hashToBytes } from '../model/hash.js';
import {
  type BuiltDirectory,
  type DirectoryChange,
  type DirectoryToEncode,
  directoryChangeBytes,
  isSmallDirectory,
} from '../model/jobs.js';
import { baseName, parentPath, rootPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import { totalsAsMaps } from '../tree/totals.js';
import { type OperationContext, throwIfStopped } from './context.js';
import { JobWindow } from './job-window.js';
import { builtId, type ChangedDirectory, type TreeChange } from './tree-change.js';
import type { WriteSession } from './write-session.js';

const jobsPerThread = 2;
const batchBytes = 1 << 19; // of staged runs and stored vnodes
const batchDirectories = 128;
const saveBytes = 32 << 20;

/** A directory with the input for its job. */
interface Prepared {
  readonly directory: ChangedDirectory;
  readonly change: DirectoryChange;
}

/**
 * Computes the ids of all changed directories; afterwards each has its `built`.
 * @returns the id of the root directory
 */
export async function computeIds(change: TreeChange, context: OperationContext): Promise<Hash> {
  const { jobs } = context;
  for (const level of [...change.levels].reverse()) {
    const window = new JobWindow(jobs.parallelism * jobsPerThread);
    for (const batch of prepareBatches(level, (directory) => change.prepare(directory))) {
      throwIfStopped(context);
      await window.start(async () => {
        const directories = batch.map((prepared) => prepared.change);
        const built = await jobs.run('buildDirs', { directories });
        batch.forEach(({ directory }, index) => {
          directory.built = built[index];
        });
      });
    }
    await window.drain();
  }
  return builtId(requireBuilt(change.at(rootPath)));
}

/**
 * Writes the nodes of all directories that are not stored yet, into packs and into the session.
 * @returns the payload of the root directory node
 */
export async function writeNodes(
  repository: OpenRepository,
  change: TreeChange,
  commitId: CommitId,
  session: WriteSession,
  context: OperationContext,
): Promise<Uint8Array> {
  const writer = new TreeWriter(repository, change, commitId);
  const window = new JobWindow(context.jobs.parallelism * jobsPerThread);
  for (const batch of prepareBatches(writer.newDirectories, (directory) =>
    writer.prepare(directory),
  )) {
    throwIfStopped(context);
    const directories = batch.map((prepared) => writer.toEncode(prepared));
    await window.start(async () => {
      const output = await session.withSlot(
        (slot) =>
          context.jobs.run('encodeDirs', { directories, commitId: hashToBytes(commitId), slot }),
        ({ places }) => [places],
      );
      session.addNodes(output.nodes);
    });
    if (session.pendingBytes >= saveBytes) {
      await window.drain();
      await session.save();
    }
  }
  await window.drain();
  return writer.rootPayload;
}

/** Knows the payloads of the directories of a new commit and which of their nodes are stored already. */
class TreeWriter {
  readonly newDirectories: readonly ChangedDirectory[];
  readonly #repository: OpenRepository;
  readonly #change: TreeChange;
  readonly #commitId: CommitId;
  readonly #payloads = new Map<string, Uint8Array>();

  constructor(repository: OpenRepository, change: TreeChange, commitId: CommitId) {
    this.#repository = repository;
    this.#change = change;
    this.#commitId = commitId;
    const built = change.levels.flat().filter((directory) => directory.built !== undefined);
    this.newDirectories = built.filter((directory) => this.#findPayload(directory));
  }

  /** The payload of the root directory node. */
  get rootPayload(): Uint8Array {
    return this.#payloadOf(rootPath);
  }

  prepare(directory: ChangedDirectory): DirectoryChange {
    return this.#change.prepare(directory, ({ path }) => this.#payloadOf(path));
  }

  toEncode({ directory, change }: Prepared): DirectoryToEncode {
    const built = requireBuilt(directory);
    return {
      change,
      built: this.#withoutStored(built),
      dirPayload: this.#payloadOf(directory.path),
      parentId: this.#parentIdOf(directory),
    };
  }

  /** Returns whether the node of the directory must be written. A stored one keeps its payload, so that parents repeat it exactly. */
  #findPayload({ path, built }: ChangedDirectory): boolean {
    if (built === undefined) return false;
    const stored = this.#repository.nodes.read(builtId(built));
    if (stored !== undefined) {
      this.#payloads.set(path, payloadOf(parseNode(stored)));
      return false;
    }
    const payload = encodeDir({
      hash: builtId(built),
      name: baseName(path),
      entryCount: built.entryCount,
      lastCommitId: this.#commitId,
      ...totalsAsMaps(built.totals),
    });
    this.#payloads.set(path, payload);
    return true;
  }

  #payloadOf(path: string): Uint8Array {
    return this.#payloads.get(path) ?? new Uint8Array(0);
  }

  /** Leaves out the vnodes that are stored: the others are new with this commit. */
  #withoutStored(built: BuiltDirectory): BuiltDirectory {
    const madeBuckets = built.madeBuckets.filter(
      (bucket) => !this.#repository.nodes.hasAt(built.vnodeHashes, bucket * hashBytesLength),
    );
    return { ...built, madeBuckets };
  }

  /** Returns the id of the node that holds the directory: the vnode of its parent, or the commit. */
  #parentIdOf({ path }: ChangedDirectory): Uint8Array {
    if (path === rootPath) return hashToBytes(this.#commitId);
    const { vnodeHashes } = requireBuilt(this.#change.at(parentPath(path)));
    if (vnodeHashes.length === 0) return new Uint8Array(hashBytesLength);
    if (vnodeHashes.length === hashBytesLength) return vnodeHashes;
    const pathHash = new Uint8Array(hashBytesLength);
    hashTextInto(path, pathHash, 0);
    const start = bucketOf(pathHash, 0, vnodeHashes.length / hashBytesLength) * hashBytesLength;
    return vnodeHashes.subarray(start, start + hashBytesLength);
  }
}

/**
 * Yields directories with their inputs in batches of about the same work; small directories are kept apart from the others, because
 * they cost more to send to a thread than to do.
 */
function* prepareBatches(
  directories: readonly ChangedDirectory[],
  prepare: (directory: ChangedDirectory) => DirectoryChange,
): Generator<Prepared[]> {
  const small = new Batch();
  const large = new Batch();
  for (const directory of directories) {
    const change = prepare(directory);
    const batch = isSmallDirectory(change) ? small : large;
    batch.add({ directory, change });
    if (batch.isFull) yield batch.take();
  }
  for (const batch of [large, small]) if (!batch.isEmpty) yield batch.take();
}

/** Directories for one job. */
class Batch {
  #directories: Prepared[] = [];
  #size = 0;

  get isEmpty(): boolean {
    return this.#directories.length === 0;
  }

  get isFull(): boolean {
    return this.#size >= batchBytes || this.#directories.length >= batchDirectories;
  }

  add(prepared: Prepared): void {
    this.#directories.push(prepared);
    this.#size += directoryChangeBytes(prepared.change);
  }

  take(): Prepared[] {
    const directories = this.#directories;
    this.#directories = [];
    this.#size = 0;
    return directories;
  }
}

function requireBuilt(directory: ChangedDirectory | undefined): BuiltDirectory {
  if (directory?.built === undefined) {
    throw new TypeError(`directory '${directory?.path ?? ''}' was not built`);
  }
  return directory.built;
}
