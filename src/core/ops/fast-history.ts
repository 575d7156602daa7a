/**
 * Brings the history of a commit from a server of ours: the ids of its commits, then level by level the nodes of their trees
 * that are not here. What is here was brought by an earlier fetch that was cut, or is shared with other commits, and is not
 * asked for again; so a fetch goes on where it stopped, and equal directories of different commits come once.
 */
import { commitIdOf } from '../format/commit-id.js';
import { childHashAt, type NodeView } from '../format/node-file.js';
import { recordKinds } from '../format/pack-record.js';
import { IntegrityError } from '../model/errors.js';
import { type CommitId, type Hash, hashToBytes } from '../model/hash.js';
import { hashColumn, hashesOf } from '../model/hash-column.js';
import { HashTable } from '../model/hash-table.js';
import { nodeTypes } from '../model/node.js';
import { joinPath, type RepoPath, rootPath } from '../model/path.js';
import type { RemoteClient } from '../remote/client.js';
import { beginFetch, fetchRecords } from '../remote/fast-fetch.js';
import type { OpenRepository } from '../repository.js';
import { isNamedByRule } from '../tree/node-rules.js';
import { type NodeSource, requireNode } from '../tree/read.js';
import { FrameBuffers } from '../wire/fast/frame-buffers.js';
import { type OperationContext, throwIfStopped } from './context.js';
import { RecordIntake } from './record-intake.js';
import { subdirectoriesIn } from './send-nodes.js';
import { SharedWriter } from './shared-writer.js';
import { UncommittedNodes } from './uncommitted-nodes.js';

/** Which history is to come. */
export interface HistoryWish {
  readonly head: CommitId;
  readonly haves: readonly CommitId[]; // here, with all that lies behind them
  readonly isAlone: boolean; // only the head itself, without what lies behind it
}

/** A directory whose nodes are to be here. */
interface PendingDirectory {
  readonly path: RepoPath;
  readonly id: Hash;
  readonly baseIds: readonly Hash[]; // at the same path of the parents
}

/** A directory or vnode at its place. */
interface PlacedNode {
  readonly path: RepoPath; // of the directory
  readonly id: Hash;
}

const bytesPerCommit = 32 * 1024 * 1024;
const mostNodeBytes = 64 * 1024 ** 3;
const mostLevels = 4096;

/**
 * Fetches the nodes of a history that are not here and stores them durably; `inspectArrived` is to look at them.
 * @throws NotFoundError when the server lacks something; IntegrityError when it sends anything else; ConflictError for a
 *   node that differs from the one stored under its id
 */
export async function fetchHistoryRecords(
  repository: OpenRepository,
  client: RemoteClient,
  { head, haves, isAlone }: HistoryWish,
  context: OperationContext,
): Promise<void> {
  const ids = isAlone ? hashToBytes(head) : await beginFetch(client, { head, haves });
  await new SharedWriter(repository, context.clock).use(async (packs) => {
    const buffers = new FrameBuffers();
    const intake = new RecordIntake({ repository, packs, jobs: context.jobs }, buffers);
    const fetch = new HistoryFetch(repository, client, { intake, buffers }, context);
    await fetch.run(hashesOf(ids) as CommitId[]);
  });
}

class HistoryFetch {
  readonly #repository: OpenRepository;
  readonly #client: RemoteClient;
  readonly #intake: RecordIntake;
  readonly #buffers: FrameBuffers;
  readonly #context: OperationContext;
  readonly #seen = new HashTable(); // directories and vnodes that were asked for or are here
  readonly #uncommitted: UncommittedNodes;
  readonly #source: NodeSource;
  #receivedBytes = 0;
  #pendingBytes = 0;

  constructor(
    repository: OpenRepository,
    client: RemoteClient,
    { intake, buffers }: { readonly intake: RecordIntake; readonly buffers: FrameBuffers },
    context: OperationContext,
  ) {
    this.#repository = repository;
    this.#client = client;
    this.#intake = intake;
    this.#buffers = buffers;
    this.#context = context;
    const { nodes, packReader } = repository;
    const uncommitted = new UncommittedNodes(packReader);
    this.#uncommitted = uncommitted;
    this.#source = { read: (id) => uncommitted.read(id) ?? nodes.read(id) };
  }

  async run(commitIds: readonly CommitId[]): Promise<void> {
    await this.#fetch(commitIds.filter((id) => !this.#isCommitHere(id)));
    await this.#commit();
    let level = commitIds.map((id) => this.#rootOf(id));
    for (let depth = 0; level.length > 0; depth++) {
      if (depth > mostLevels)
        throw new IntegrityError('The directories of the server have no end.');
      level = await this.#fetchLevel(level);
    }
    await this.#commit();
  }

  /** A commit whose id covers its tree; others are compared with what the server has. */
  #isCommitHere(id: CommitId): boolean {
    const tree = this.#repository.nodes.has(id) ? this.#repository.commitTree(id) : undefined;
    return tree !== undefined && commitIdOf(tree.commit, tree.rootId) === id;
  }

  #rootOf(id: CommitId): PendingDirectory {
    const tree = this.#repository.commitTree(id);
    if (tree === undefined) throw new IntegrityError(`The server did not send commit ${id}.`);
    const { parentIds } = tree.commit;
    const baseIds = parentIds.flatMap(
      (parent) => this.#repository.commitTree(parent)?.rootId ?? [],
    );
    return { path: rootPath, id: tree.rootId, baseIds };
  }

  /** Brings directories and their vnodes here, and returns those in them. */
  async #fetchLevel(level: readonly PendingDirectory[]): Promise<PendingDirectory[]> {
    const directories = level.filter(
      ({ id, baseIds }) => !baseIds.includes(id) && this.#isFirst(id),
    );
    await this.#fetchAbsent(directories);
    const vnodes = directories.map((directory) => this.#newVnodes(directory));
    await this.#fetchAbsent(vnodes.flat());
    return directories.flatMap((directory, index) =>
      this.#directoriesBelow(directory, vnodes[index] ?? []),
    );
  }

  #newVnodes({ path, id, baseIds }: PendingDirectory): PlacedNode[] {
    const known = new Set(baseIds.flatMap((baseId) => this.#vnodeIds(baseId)));
    return this.#vnodeIds(id)
      .filter((vnodeId) => !known.has(vnodeId) && this.#isFirst(vnodeId))
      .map((vnodeId) => ({ path, id: vnodeId }));
  }

  #directoriesBelow(
    { path, baseIds }: PendingDirectory,
    vnodes: readonly PlacedNode[],
  ): PendingDirectory[] {
    const below = subdirectoriesIn(vnodes.map(({ id }) => this.#read(id, 'vnode')));
    if (below.size === 0) return [];
    const bases = baseIds.map((baseId) =>
      subdirectoriesIn(this.#vnodeIds(baseId).map((id) => this.#read(id, 'vnode'))),
    );
    return Array.from(below, ([name, id]) => ({
      path: joinPath(path, name),
      id,
      baseIds: bases.flatMap((base) => base.get(name) ?? []),
    }));
  }

  #vnodeIds(dirId: Hash): Hash[] {
    const dir = this.#read(dirId, 'dir');
    return Array.from({ length: dir.childCount }, (_, bucket) => childHashAt(dir, bucket));
  }

  #read(id: Hash, kind: 'dir' | 'vnode'): NodeView {
    return requireNode(this.#source, id, kind);
  }

  #isFirst(id: Hash): boolean {
    return this.#seen.add(hashToBytes(id)) >= 0;
  }

  async #fetchAbsent(nodes: readonly PlacedNode[]): Promise<void> {
    await this.#fetch(nodes.filter((node) => !this.#isHere(node)).map(({ id }) => id));
  }

  /** Nodes that other programs made are compared with what the server has: their ids do not cover their content. */
  #isHere({ path, id }: PlacedNode): boolean {
    const { nodes } = this.#repository;
    if (!nodes.has(id)) return false;
    if (!nodes.isForeign(id)) return true;
    const kind = nodes.read(id)?.node[0] === nodeTypes.dir ? 'dir' : 'vnode';
    return isNamedByRule(path, hashToBytes(id), this.#read(id, kind));
  }

  async #fetch(ids: readonly Hash[]): Promise<void> {
    if (ids.length === 0) return;
    try {
      await fetchRecords(
        this.#client,
        'nodes',
        hashColumn(ids),
        (payload, recordCount) => this.#take(payload, recordCount),
        this.#buffers,
      );
    } catch (error) {
      if (!(error instanceof IntegrityError)) await this.#commit();
      throw error;
    }
  }

  /** Nothing is read while nodes are under way, so those that are being committed may be forgotten at once. */
  async #commit(): Promise<void> {
    this.#pendingBytes = 0;
    this.#uncommitted.clear();
    await this.#intake.commit();
  }

  async #take(payload: Uint8Array<ArrayBuffer>, recordCount: number): Promise<Uint8Array> {
    throwIfStopped(this.#context);
    this.#receivedBytes += payload.length;
    this.#pendingBytes += payload.length;
    if (this.#receivedBytes > mostNodeBytes) {
      throw new IntegrityError('The history that the server sends has no end.');
    }
    const taken = await this.#intake.take(payload, recordCount, [recordKinds.node]);
    this.#uncommitted.add(taken);
    if (this.#pendingBytes >= bytesPerCommit) await this.#commit();
    return taken.hashes;
  }
}
