/**
 * `fsck --repair`: fetches nodes and contents that are missing or damaged from a remote and puts them in the place of what is there. What
 * comes is hashed before it is kept, and everything is checked again after contents came. References and the staging area are in no
 * remote and stay as they are.
 */
import { childHashAt, type NodeView, parseNode } from '../format/node-file.js';
import { IntegrityError, NotFoundError } from '../model/errors.js';
import { type CommitId, type Hash, hashBytesLength, hashToBytes } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import type { RemoteClient } from '../remote/client.js';
import { downloadNode } from '../remote/download-nodes.js';
import { missingVersionsOf } from '../remote/download-versions.js';
import { type WantedVersion, WantedVersions } from '../remote/wanted-versions.js';
import type { OpenRepository } from '../repository.js';
import { enterAsWriter } from '../store/writer-gate.js';
import { type CommitTree, requireNode, vnodeEntries } from '../tree/read.js';
import { type OperationContext, throwIfStopped } from './context.js';
import { damagedChunks } from './drop-damaged.js';
import { type FsckReport, fsck } from './fsck.js';
import { receiveVersions } from './receive-versions.js';
import { type RemoteSettings, withRemote } from './remote-access.js';

/** What was put right. */
export interface RepairReport {
  readonly nodeCount: number; // that were fetched
  readonly contentCount: number;
  readonly after: FsckReport; // of the check at the end: what is left
}

/** Repairs what the remote has. @throws NotFoundError when there is no such remote; RemoteError when it cannot be asked */
export function repair(
  repository: OpenRepository,
  remote: string,
  settings: RemoteSettings,
  context: OperationContext,
): Promise<RepairReport> {
  return withRemote(repository, remote, settings, context, async ({ client }) => {
    const nodes = new NodeRepair(repository, client, context);
    await nodes.run();
    const before = await fsck(repository, context);
    const wanted = before.problems.flatMap(({ kind, hash, sizeBytes }): WantedVersion[] =>
      kind !== 'content' || hash === undefined || sizeBytes === undefined
        ? []
        : [{ hash, sizeBytes }],
    );
    const contentCount = await fetchContents(repository, client, wanted, context);
    const after = contentCount === 0 ? before : await fsck(repository, context);
    return { nodeCount: nodes.fetchedCount, contentCount, after };
  });
}

/** Fetches contents in the place of damaged ones; what the remote lacks is left out. Returns how many came. */
async function fetchContents(
  repository: OpenRepository,
  client: RemoteClient,
  wanted: readonly WantedVersion[],
  context: OperationContext,
): Promise<number> {
  if (wanted.length === 0) return 0;
  try {
    await receiveVersions(
      repository,
      client,
      WantedVersions.of(wanted),
      context,
      damagedIn(repository, wanted),
    );
    return wanted.length;
  } catch (error) {
    const lacking = new Set(missingVersionsOf(error));
    const rest = wanted.filter(({ hash }) => !lacking.has(hash));
    if (rest.length === wanted.length) throw error;
    return fetchContents(repository, client, rest, context);
  }
}

/** Returns the contents with those of their chunks that are damaged. */
function damagedIn(repository: OpenRepository, wanted: readonly WantedVersion[]): HashTable {
  const contents = Buffer.concat(wanted.map(({ hash }) => hashToBytes(hash)));
  const damaged = new HashTable();
  for (const column of [contents, damagedChunks(repository, contents)]) {
    for (let at = 0; at < column.length; at += hashBytesLength) damaged.add(column, at);
  }
  return damaged;
}

/** Goes through all commits and their trees and fetches nodes that cannot be read. */
class NodeRepair {
  fetchedCount = 0;
  readonly #repository: OpenRepository;
  readonly #client: RemoteClient;
  readonly #context: OperationContext;
  readonly #seen = new HashTable();

  constructor(repository: OpenRepository, client: RemoteClient, context: OperationContext) {
    this.#repository = repository;
    this.#client = client;
    this.#context = context;
  }

  async run(): Promise<void> {
    const pending = this.#heads();
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      throwIfStopped(this.#context);
      if (this.#seen.add(hashToBytes(id)) < 0) continue;
      const tree = await this.#commit(id);
      if (tree === undefined) continue;
      await this.#checkTree(tree.rootId);
      pending.push(...tree.commit.parentIds);
    }
  }

  #heads(): CommitId[] {
    const { refs } = this.#repository;
    const read = [
      ...refs.names().map((name) => () => refs.read(name)),
      () => this.#repository.headCommitId(),
    ];
    return read.flatMap((head) => orNothing(head) ?? []);
  }

  async #commit(id: CommitId): Promise<CommitTree | undefined> {
    const found = orNothing(() => this.#repository.commitTree(id));
    if (found !== undefined || this.#repository.isShallow(id)) return found;
    await this.#fetch(id);
    return orNothing(() => this.#repository.commitTree(id));
  }

  async #checkTree(rootId: Hash): Promise<void> {
    const pending = [rootId];
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      throwIfStopped(this.#context);
      if (this.#seen.add(hashToBytes(id)) < 0) continue;
      const dir = await this.#node(id, 'dir');
      if (dir !== undefined) pending.push(...(await this.#subdirectories(dir)));
    }
  }

  async #subdirectories(dir: NodeView): Promise<Hash[]> {
    const found: Hash[] = [];
    for (let bucket = 0; bucket < dir.childCount; bucket++) {
      const vnode = await this.#node(childHashAt(dir, bucket), 'vnode');
      const entries = vnode === undefined ? [] : vnodeEntries(vnode);
      for (const { kind, hash } of entries) if (kind === 'dir') found.push(hash);
    }
    return found;
  }

  /** Returns a node, fetched when it is not here as it should be; undefined when the remote lacks it too. */
  async #node(id: Hash, kind: 'dir' | 'vnode'): Promise<NodeView | undefined> {
    const { nodes } = this.#repository;
    const found = orNothing(() => requireNode(nodes, id, kind));
    if (found !== undefined) return found;
    await this.#fetch(id);
    return orNothing(() => requireNode(nodes, id, kind));
  }

  async #fetch(id: Hash): Promise<void> {
    try {
      const { blobs } = await downloadNode(this.#client, id);
      parseNode(blobs);
      const { controlDirectory, environment, nodes } = this.#repository;
      using _lock = await enterAsWriter(controlDirectory);
      environment.transaction(() => {
        nodes.remove(id);
        nodes.put(id, blobs, { origin: 'foreign' });
      });
      this.fetchedCount++;
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
}

/** Returns what `read` gives, undefined when that is damaged. */
function orNothing<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
}
