/**
 * Takes nodes that others send. Each is checked whole before it is stored. One that is known is compared with what is stored:
 * where only hints differ the stored one stays, where the data differ the sender is refused, because real Oxen gives two
 * different directories one id now and then (merkle-format.md, 5.6). Nodes count as foreign until `move-branch` has judged them.
 */
import { setImmediate } from 'node:timers/promises';
import { checkNode } from '../format/node-check.js';
import { type NodeView, parseNode } from '../format/node-file.js';
import { ConflictError, IntegrityError, InvalidInputError } from '../model/errors.js';
import { type CommitId, type Hash, shortHash } from '../model/hash.js';
import { type NodeBlobs, nodeTypes } from '../model/node.js';
import type { OpenRepository } from '../repository.js';
import { NodeSink } from '../store/node-sink.js';
import type { IdentifiedNode } from '../store/node-store.js';
import type { PackLender } from '../store/pack-allocator.js';
import { findNodeDifference } from '../tree/node-difference.js';
import { locateNode } from './locate-node.js';

const bytesPerCommit = 8 * 1024 * 1024;
const nodesPerCommit = 2048;
const nodesPerSlice = 16;
const bytesPerSlice = 256 * 1024; // some ms of checking

/**
 * Stores nodes durably and returns how many were new.
 * @throws InvalidInputError when one of them is malformed
 * @throws ConflictError when another tree is stored under an id, naming path and commits
 * @throws what `nodes` throws; what was taken before stays stored
 */
export async function receiveNodes(
  repository: OpenRepository,
  packs: PackLender,
  nodes: AsyncIterable<IdentifiedNode>,
): Promise<number> {
  const receiver = new NodeComparison(repository);
  using sink = new NodeSink(repository.nodes, packs, {
    origin: 'foreign',
    onConflict: (id, stored, arriving) => receiver.keepSame(id, stored, arriving),
  });
  let newCount = 0;
  let pendingCount = 0;
  let slice = { count: 0, sizeBytes: 0 };
  for await (const { id, blobs } of nodes) {
    slice.count++;
    slice.sizeBytes += blobs.node.length + blobs.children.length;
    if (slice.count >= nodesPerSlice || slice.sizeBytes >= bytesPerSlice) {
      slice = { count: 0, sizeBytes: 0 };
      await setImmediate();
    }
    pendingCount++;
    if (receiver.isNew(id, blobs)) {
      sink.add(id, blobs);
      newCount++;
    } else sink.keep(id);
    if (sink.pendingBytes < bytesPerCommit && pendingCount < nodesPerCommit) continue;
    await sink.commit(() => undefined);
    pendingCount = 0;
  }
  await sink.commit(() => undefined);
  return newCount;
}

/** Compares arriving nodes with stored ones of the same id. */
export class NodeComparison {
  readonly #repository: OpenRepository;
  #sentCommit: CommitId | undefined;

  constructor(repository: OpenRepository) {
    this.#repository = repository;
  }

  /** Checks a node and says whether it is to be stored. */
  isNew(id: Hash, blobs: IdentifiedNode['blobs']): boolean {
    const view = checkArriving(id, blobs);
    if (view.type === nodeTypes.commit) this.#sentCommit = id as CommitId;
    const stored = this.#readStored(id);
    if (stored === undefined) return true;
    this.#requireSame(id, stored, view);
    return false;
  }

  /** Keeps the stored one of two nodes of one id. @throws ConflictError when they are not the same data */
  keepSame(id: Hash, stored: NodeBlobs, arriving: NodeBlobs): 'keep' {
    this.#requireSame(id, parseNode(stored), parseNode(arriving));
    return 'keep';
  }

  #requireSame(id: Hash, stored: NodeView, arriving: NodeView): void {
    const difference = findNodeDifference(stored, arriving);
    if (difference === undefined) return;
    const place = locateNode(this.#repository, id);
    const directory = place === undefined ? `node ${shortHash(id)}` : `'${place.path}'`;
    const entry = difference.name === undefined ? '' : ` (${JSON.stringify(difference.name)})`;
    const here = place === undefined ? 'an earlier push' : `commit ${place.commitId}`;
    const there = this.#sentCommit === undefined ? 'what was sent' : `commit ${this.#sentCommit}`;
    throw new ConflictError(
      `The directory ${directory} of ${here} and of ${there} have one id and are not the same: ${difference.message}${entry}.`,
      {
        ...(place === undefined ? {} : { path: place.path }),
        hint: 'Change any file of that directory and commit again, so that it gets another id.',
      },
    );
  }

  /** Returns a stored node, undefined when there is none or when it is damaged: then the one that arrives is better. */
  #readStored(id: Hash): NodeView | undefined {
    try {
      const blobs = this.#repository.nodes.read(id);
      return blobs === undefined ? undefined : parseNode(blobs);
    } catch (error) {
      if (error instanceof IntegrityError) return undefined;
      throw error;
    }
  }
}

function checkArriving(id: Hash, blobs: IdentifiedNode['blobs']): NodeView {
  try {
    return checkNode(id, blobs);
  } catch (cause) {
    if (!(cause instanceof IntegrityError)) throw cause;
    throw new InvalidInputError(cause.message, { cause });
  }
}
