/**
 * Archives of Merkle nodes (merkle-format.md, section 7): for each node a directory named after its id, the first three
 * digits apart, with the files `node` and `children`. Uploads name the directories `ppp/rest`, downloads
 * `tree/nodes/ppp/rest`; both are read. The two files of a node follow each other, in either order.
 */
import { InvalidInputError } from '../../model/errors.js';
import { type Hash, parseHash } from '../../model/hash.js';
import type { NodeBlobs } from '../../model/node.js';
import type { ByteStream } from '../byte-source.js';
import { type ArchiveLimits, readTar } from './read.js';
import { type TarEntry, tarDirectory, tarFile, writeTar } from './write.js';

/** A node with its id. */
export interface ArchivedNode {
  readonly id: Hash;
  readonly blobs: NodeBlobs;
}

/** Which way an archive travels; it decides the names of its directories. */
export type ArchiveDirection = 'upload' | 'download';

/** Digits of an id that name the outer directory. */
const prefixDigits = 3;

/** The largest blob that is taken, in bytes; stock servers take 1 GiB. */
export const maxArchivedBlobBytes = 2 ** 30;

const leafNames = ['node', 'children'] as const;
type LeafName = (typeof leafNames)[number];

/** Yields the bytes of an archive of nodes, in the order in which they are given. */
export function writeNodeArchive(
  nodes: AsyncIterable<ArchivedNode> | Iterable<ArchivedNode>,
  direction: ArchiveDirection,
): AsyncGenerator<Uint8Array> {
  return writeTar(nodeEntries(nodes, direction));
}

/**
 * Yields the nodes of an archive as soon as both blobs of each are there; those before a bad entry were given out.
 * @throws InvalidInputError when the archive is damaged, a node lacks a half, or anything else is in it
 */
export async function* readNodeArchive(
  stream: ByteStream,
  limits: ArchiveLimits = {},
): AsyncGenerator<ArchivedNode> {
  let half: { id: Hash; leaf: LeafName; blob: Uint8Array } | undefined;
  for await (const entry of readTar(stream, { maxEntryBytes: maxArchivedBlobBytes, ...limits })) {
    const place = placeOf(entry.parts);
    if (entry.kind === 'directory') {
      if (place.leaf !== undefined) throw badStructure(entry.parts);
      continue;
    }
    const { id, leaf } = place;
    if (id === undefined || leaf === undefined) throw badStructure(entry.parts);
    const blob = await entry.readAll();
    if (half === undefined) {
      half = { id, leaf, blob };
      continue;
    }
    if (half.id !== id || half.leaf === leaf) throw incomplete(half);
    yield { id, blobs: joinHalves(half, blob) };
    half = undefined;
  }
  if (half !== undefined) throw incomplete(half);
}

async function* nodeEntries(
  nodes: AsyncIterable<ArchivedNode> | Iterable<ArchivedNode>,
  direction: ArchiveDirection,
): AsyncGenerator<TarEntry> {
  const root = direction === 'download' ? 'tree/nodes/' : '';
  for await (const { id, blobs } of nodes) {
    if (id.length <= prefixDigits) {
      throw new InvalidInputError(`The node ${id} cannot be sent: its id is too short.`);
    }
    const directory = `${root}${id.slice(0, prefixDigits)}/${id.slice(prefixDigits)}`;
    yield tarDirectory(`${directory}/`);
    yield tarFile(`${directory}/node`, blobs.node);
    yield tarFile(`${directory}/children`, blobs.children);
  }
}

interface Place {
  readonly id: Hash | undefined; // undefined for directories above those of nodes
  readonly leaf: LeafName | undefined; // undefined for directories
}

function placeOf(parts: readonly string[]): Place {
  const isFull = parts[0] === 'tree';
  if (isFull && parts.length > 1 && parts[1] !== 'nodes') throw badStructure(parts);
  const [prefix, rest, leaf, ...deeper] = isFull ? parts.slice(2) : parts;
  if (deeper.length > 0) throw badStructure(parts);
  if (leaf !== undefined && !isLeafName(leaf)) throw badStructure(parts);
  if (prefix === undefined) return { id: undefined, leaf: undefined };
  if (!/^[0-9a-f]{3}$/.test(prefix)) throw badStructure(parts);
  if (rest === undefined) return { id: undefined, leaf: undefined };
  if (!/^[0-9a-f]{1,29}$/.test(rest)) throw badId(prefix + rest);
  return { id: parseHash(prefix + rest), leaf };
}

function isLeafName(name: string): name is LeafName {
  return name === 'node' || name === 'children';
}

function joinHalves(half: { leaf: LeafName; blob: Uint8Array }, other: Uint8Array): NodeBlobs {
  return half.leaf === 'node'
    ? { node: half.blob, children: other }
    : { node: other, children: half.blob };
}

function incomplete(half: { id: Hash; leaf: LeafName }): InvalidInputError {
  const lacking = half.leaf === 'node' ? 'children' : 'node';
  return new InvalidInputError(
    `Incomplete merkle node ${half.id} in tar archive: missing ${lacking} blob`,
  );
}

function badId(text: string): InvalidInputError {
  return new InvalidInputError(
    `Invalid merkle node id ${JSON.stringify(text.slice(0, 80))} in tar archive (not a hex u128)`,
  );
}

function badStructure(parts: readonly string[]): InvalidInputError {
  const path = JSON.stringify(parts.join('/').slice(0, 120));
  return new InvalidInputError(`Invalid merkle tar archive structure at ${path}`);
}
