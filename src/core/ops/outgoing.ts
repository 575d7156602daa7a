/**
 * What a push has to send: the commits that the other side lacks, with the nodes and contents that they add to their parents.
 * A pure look at the repository; nothing is read twice and nothing is held but hashes and sizes.
 */
import { peekedDataType } from '../format/entry-peek.js';
import { childHashOffset } from '../format/node-file.js';
import { parentsFirst } from '../history/new-commits.js';
import { IntegrityError, OperationError } from '../model/errors.js';
import {
  type CommitId,
  type Hash,
  hashBytesLength,
  hashFromBytes,
  writeHash,
} from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import type { CommitNode } from '../model/node.js';
import type { OpenRepository } from '../repository.js';
import { findNewNodes, type NewFile } from '../tree/new-nodes.js';

/** A content to be sent. */
export interface OutgoingContent {
  readonly hash: Hash;
  readonly sizeBytes: number;
  readonly isCompressed: boolean; // by its type: images and the like; false when types were not looked at
}

/** A node to be sent. */
export interface OutgoingNode {
  readonly id: Hash;
  readonly commitId: CommitId; // the first commit of the push that has it
}

const compressedTypes = new Set(['image', 'video', 'audio']);
const scratch = new Uint8Array(hashBytesLength);

/** Settings of `Outgoing`. */
export interface OutgoingOptions {
  readonly verb?: string; // what is done with the commits, for messages; push
  readonly looksAtTypes?: boolean; // true: find out which contents are compressed by their type
}

/** The objects of one push. */
export class Outgoing {
  readonly commits: readonly CommitNode[]; // parents before their children
  readonly #nodes = new HashTable();
  readonly #nodeEnds: number[] = []; // how many nodes there are up to and with each commit
  readonly #contents = new HashTable();
  readonly #sizes: number[] = [];
  readonly #compressed: boolean[] = [];
  readonly #looksAtTypes: boolean;
  #sizeBytes = 0;

  /**
   * Finds out what `commits` add to their parents.
   * @throws IntegrityError when a node of theirs is missing or damaged
   * @throws OperationError when a content is not here: the clone it came from did not fetch it
   */
  constructor(
    repository: OpenRepository,
    commits: readonly CommitNode[],
    { verb = 'push', looksAtTypes = false }: OutgoingOptions = {},
  ) {
    this.#looksAtTypes = looksAtTypes;
    this.commits = parentsFirst(commits);
    for (const commit of this.commits) {
      const first = this.#contents.size;
      this.#addCommit(repository, commit);
      const hashes = this.#contents.hashes.subarray(first * hashBytesLength);
      requireStored(repository, commit, hashes, verb);
    }
  }

  get nodeCount(): number {
    return this.#nodes.size;
  }

  get contentCount(): number {
    return this.#contents.size;
  }

  /** Bytes of all contents. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Hashes of the contents, 16 bytes each. */
  get contentHashes(): Uint8Array {
    return this.#contents.hashes;
  }

  /** Yields the nodes, those of a commit before those of its children, and each commit behind its tree. */
  *nodes(): Generator<OutgoingNode> {
    let index = 0;
    for (const [position, { id }] of this.commits.entries()) {
      const end = this.#nodeEnds[position] ?? 0;
      for (; index < end; index++) {
        yield { id: hashFromBytes(this.#nodes.hashes, index * hashBytesLength), commitId: id };
      }
    }
  }

  /** Returns the content of a row of `contentHashes`. */
  content(row: number): OutgoingContent {
    return {
      hash: hashFromBytes(this.#contents.hashes, row * hashBytesLength),
      sizeBytes: this.#sizes[row] ?? 0,
      isCompressed: this.#compressed[row] === true,
    };
  }

  #addCommit(repository: OpenRepository, commit: CommitNode): void {
    const tree = repository.commitTree(commit.id);
    if (tree === undefined) throw new IntegrityError(`The commit ${commit.id} is missing.`);
    const bases = commit.parentIds.flatMap((id) => repository.commitTree(id)?.rootId ?? []);
    const visit = (file: NewFile): void => this.#addContent(file);
    findNewNodes({ source: repository.nodes, seen: this.#nodes, visit }, tree.rootId, bases);
    writeHash(commit.id, scratch);
    this.#nodes.add(scratch);
    this.#nodeEnds.push(this.#nodes.size);
  }

  #addContent({ vnode, child, peek }: NewFile): void {
    if (this.#contents.add(vnode.node, childHashOffset(vnode, child)) < 0) return;
    this.#sizes.push(peek.sizeBytes);
    this.#sizeBytes += peek.sizeBytes;
    const looks = this.#looksAtTypes;
    this.#compressed.push(looks && compressedTypes.has(peekedDataType(vnode.children, peek)));
  }
}

function requireStored(
  repository: OpenRepository,
  commit: CommitNode,
  hashes: Uint8Array,
  verb: string,
): void {
  if (repository.versions.findMissing(hashes).length === 0) return;
  const message = JSON.stringify(commit.message);
  throw new OperationError(
    `Cannot ${verb} commit '${commit.id}' (${message}): file data is not available locally.`,
    { hint: 'Fetch the data of all commits first: oxen fetch --all' },
  );
}
