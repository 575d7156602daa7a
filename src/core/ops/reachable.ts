/**
 * What a repository still needs: everything that can be reached from references, HEAD, the commit of the working tree, an unfinished
 * merge or checkout, the operation log and the staging area. It can be brought up to date again and again: each time only what is new is read,
 * and nothing is ever taken off.
 */
import { childHashOffset, childTypeAt, type NodeView, parseNode } from '../format/node-file.js';
import { recordKinds } from '../format/pack-record.js';
import { stagedKinds, stagedStatuses } from '../format/staged-run.js';
import { IntegrityError } from '../model/errors.js';
import {
  type CommitId,
  type Hash,
  hashBytesLength,
  hashFromBytes,
  hashToBytes,
} from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import { nodeTypes } from '../model/node.js';
import type { OpenRepository } from '../repository.js';
import { arrivedSince } from '../store/arrivals.js';
import { readCheckoutState } from './checkout-state.js';
import { readMergeState } from './merge-state.js';
import { commitsOfOperations } from './operation-log.js';

const contentsPerLookup = 8192;

/** What no reference names and is kept all the same. */
export interface Retention {
  readonly operationsAfterMs: number; // commits of logged operations made later than this, ms since 1970
  readonly arrivalsSinceMs: number; // what peers sent at this time or later
}

/** Keeps what `undo` may want and nothing that is on its way. */
const keepOperations: Retention = {
  operationsAfterMs: Number.NEGATIVE_INFINITY,
  arrivalsSinceMs: Number.POSITIVE_INFINITY,
};

/** The set of needed nodes, contents and chunks. */
export class Reachable {
  /** Commits, directories and vnodes. */
  readonly nodes = new HashTable();
  /** Contents of files. */
  readonly contents = new HashTable();
  /** Chunks of the contents. */
  readonly chunks = new HashTable();
  /** Number of commits among the nodes. */
  commitCount = 0;
  readonly #repository: OpenRepository;
  readonly #retention: Retention;
  readonly #arrived = new HashTable(); // what was looked at of what peers sent
  #expandedContents = 0; // contents whose chunks are marked

  constructor(repository: OpenRepository, retention = keepOperations) {
    this.#repository = repository;
    this.#retention = retention;
  }

  /** Number of everything marked so far. */
  get size(): number {
    return this.nodes.size + this.contents.size + this.chunks.size;
  }

  /**
   * Marks what is needed now; inside a transaction as it stands there.
   * @throws IntegrityError when something needed is missing or damaged: then nobody can say what else is needed
   */
  update(): void {
    for (const id of this.#roots()) this.#markCommits(id, true);
    for (const id of commitsOfOperations(this.#repository, this.#retention.operationsAfterMs)) {
      this.#markCommits(id, false);
    }
    this.#markStaged();
    this.#markArrived();
    this.#markChunks();
  }

  /** Marks nodes that are kept although nothing needs them yet, with what lies below them as far as it is here. */
  addNode(id: Hash): void {
    this.#markKept(id);
    this.#markChunks();
  }

  #markKept(id: Hash): void {
    const blobs = this.#repository.nodes.read(id);
    if (blobs !== undefined && parseNode(blobs).type === nodeTypes.commit) {
      this.#markCommits(id as CommitId, false);
    } else this.#markBelow(id, false);
  }

  /** Marks a content that is kept although nothing needs it yet. */
  addContent(hash: Uint8Array): void {
    this.contents.add(hash);
    this.#markChunks();
  }

  *#roots(): Generator<CommitId> {
    const repository = this.#repository;
    for (const { commitId } of repository.refs.listAll()) yield commitId;
    const merge = readMergeState(repository);
    const checkout = readCheckoutState(repository);
    const others = [
      repository.headCommitId(),
      repository.checkedOutCommit(),
      merge?.commitId,
      checkout?.from,
      checkout?.to,
    ];
    for (const id of others) if (id !== undefined) yield id;
  }

  #markCommits(head: CommitId, isRequired: boolean): void {
    const pending = [head];
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      if (this.nodes.find(hashToBytes(id)) >= 0) continue;
      const tree = this.#repository.commitTree(id);
      if (tree === undefined) {
        if (!isRequired || this.#repository.isShallow(id)) continue;
        throw missingError('commit', id);
      }
      this.nodes.add(hashToBytes(id));
      this.commitCount++;
      this.#markBelow(tree.rootId, isRequired);
      pending.push(...tree.commit.parentIds);
    }
  }

  /** Marks the directory or vnode `top` and all below it. */
  #markBelow(top: Hash, isRequired: boolean): void {
    const pending = [top];
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      if (this.nodes.find(hashToBytes(id)) >= 0) continue;
      const blobs = this.#repository.nodes.read(id);
      if (blobs === undefined) {
        if (isRequired) throw missingError('directory node', id);
        continue;
      }
      this.nodes.add(hashToBytes(id));
      this.#markChildren(parseNode(blobs), pending);
    }
  }

  /** Marks the files of a node and puts its other children on the list. */
  #markChildren(view: NodeView, pending: Hash[]): void {
    for (let child = 0; child < view.childCount; child++) {
      const offset = childHashOffset(view, child);
      if (childTypeAt(view, child) === nodeTypes.file) this.contents.add(view.node, offset);
      else if (this.nodes.find(view.node, offset) < 0) {
        pending.push(hashFromBytes(view.node, offset));
      }
    }
  }

  #markStaged(): void {
    for (const { run } of this.#repository.staging.runs()) {
      for (let row = 0; row < run.count; row++) {
        if (run.kinds[row] !== stagedKinds.file) continue;
        if (run.statuses[row] === stagedStatuses.removed) continue;
        this.contents.add(run.hashes, row * hashBytesLength);
      }
    }
  }

  /** Marks what peers sent a short time ago: a reference to it may come any moment. */
  #markArrived(): void {
    const { meta, nodes } = this.#repository;
    for (const ids of arrivedSince(meta, this.#retention.arrivalsSinceMs)) {
      for (let at = 0; at < ids.length; at += hashBytesLength) {
        if (this.#arrived.add(ids, at) < 0) continue;
        const id = hashFromBytes(ids, at);
        if (nodes.has(id)) this.#markKept(id);
        else {
          this.contents.add(ids, at);
          this.chunks.add(ids, at);
        }
      }
    }
  }

  #markChunks(): void {
    const { versions } = this.#repository;
    const end = this.contents.size;
    for (let start = this.#expandedContents; start < end; start += contentsPerLookup) {
      const first = start * hashBytesLength;
      const last = Math.min(end, start + contentsPerLookup) * hashBytesLength;
      const hashes = this.contents.hashes.subarray(first, last);
      const { kinds } = versions.places(hashes);
      for (let row = 0; row < kinds.length; row++) {
        if (kinds[row] !== recordKinds.manifest) continue;
        const { chunkHashes } = versions.readManifest(hashFromBytes(hashes, row * hashBytesLength));
        for (let at = 0; at < chunkHashes.length; at += hashBytesLength) {
          this.chunks.add(chunkHashes, at);
        }
      }
    }
    this.#expandedContents = end;
  }
}

function missingError(what: string, id: Hash): IntegrityError {
  return new IntegrityError(
    `The ${what} ${id} is missing, so nobody can tell what else is needed. Nothing was removed.`,
    { hint: 'Find out what is damaged: oxen fsck' },
  );
}
