/**
 * A repository as one tar archive (docs/format.md, "Archives"): a manifest, then the Merkle nodes, then the contents of files, each under
 * its hash. Any `tar` can list and unpack it. It is written and read as a stream; what is read comes from anyone and
 * is checked by who takes it, except for the form, which is checked here.
 */
import { InvalidInputError } from '../../model/errors.js';
import { type Hash, parseHash } from '../../model/hash.js';
import type { ByteStream } from '../byte-source.js';
import {
  hash,
  integer,
  list,
  oneOf,
  optional,
  parseJson,
  record,
  text,
  type ValueOf,
} from '../messages/json-shape.js';
import { type ArchivedNode, maxArchivedBlobBytes } from './nodes.js';
import { type ReadTarEntry, readTar } from './read.js';
import { type TarEntry, tarFile, writeTar } from './write.js';

/** The directory that everything in an archive lies in. */
const top = 'oxen-archive';
const manifestName = 'manifest.json';
const maxManifestBytes = 256 * 1024 * 1024;
const nodePrefixDigits = 3;
const contentPrefixDigits = 2;

const manifestShape = record({
  format: integer(1),
  head: record({ branch: optional(text(1000)), commit: optional(hash) }),
  refs: list(record({ name: text(2000), commit: hash })),
  remotes: list(record({ name: text(1000), url: text(10_000) }), 1000),
  shallow: list(hash),
  algorithm: oneOf('xxh3-128'),
  commits: integer(),
  nodes: integer(),
  contents: integer(),
  bytes: integer(),
});

/** What stands first in an archive. */
export type ArchiveManifest = ValueOf<typeof manifestShape>;

/** The version of the form that is written, and the newest that is read. */
export const archiveFormat = 1;

/** A content of an archive. */
export interface ArchivedContent {
  readonly hash: Hash;
  readonly sizeBytes: number;
  readonly content: Uint8Array | ByteStream;
}

/** A content as it is met. */
export interface ReadContent {
  readonly hash: Hash; // that its place names
  readonly sizeBytes: number;
  readonly pieces: AsyncGenerator<Uint8Array>; // each valid until the next is asked for
}

/** Yields the bytes of an archive. @throws OperationError when a content is longer or shorter than was said */
export function writeRepositoryArchive(
  manifest: ArchiveManifest,
  nodes: Iterable<ArchivedNode>,
  contents: Iterable<ArchivedContent>,
): AsyncGenerator<Uint8Array> {
  return writeTar(entriesOf(manifest, nodes, contents));
}

function* entriesOf(
  manifest: ArchiveManifest,
  nodes: Iterable<ArchivedNode>,
  contents: Iterable<ArchivedContent>,
): Generator<TarEntry> {
  yield tarFile(`${top}/${manifestName}`, Buffer.from(`${JSON.stringify(manifest)}\n`));
  for (const { id, blobs } of nodes) {
    const directory = `${top}/nodes/${splitHash(id, nodePrefixDigits)}`;
    yield tarFile(`${directory}/node`, blobs.node);
    yield tarFile(`${directory}/children`, blobs.children);
  }
  for (const { hash: name, sizeBytes, content } of contents) {
    const path = `${top}/versions/${splitHash(name, contentPrefixDigits)}`;
    yield { name: path, kind: 'file', sizeBytes, content };
  }
}

/** A hash as a path: with all its 32 digits, the first ones apart. */
function splitHash(id: Hash, digits: number): string {
  const padded = id.padStart(32, '0');
  return `${padded.slice(0, digits)}/${padded.slice(digits)}`;
}

/** What an archive holds, in the order in which it must be asked for: manifest, nodes, contents, end. */
export class RepositoryArchive {
  readonly #entries: AsyncGenerator<ReadTarEntry>;
  #next: ReadTarEntry | undefined;

  constructor(stream: ByteStream) {
    this.#entries = readTar(stream);
  }

  /**
   * Returns the manifest.
   * @throws InvalidInputError when this is no archive of a repository, or a newer one than this program knows
   */
  async manifest(): Promise<ArchiveManifest> {
    await this.#advance();
    const entry = this.#next;
    if (entry?.parts.join('/') !== `${top}/${manifestName}` || entry.sizeBytes > maxManifestBytes) {
      throw new InvalidInputError('This is no archive of a repository.', {
        hint: 'Archives are made by: oxen save FILE',
      });
    }
    const source = Buffer.from(await entry.readAll()).toString();
    const manifest = parseJson('The manifest of the archive', source, manifestShape);
    if (manifest.format > archiveFormat) {
      throw new InvalidInputError(`The archive has format ${manifest.format}, which is too new.`);
    }
    await this.#advance();
    return manifest;
  }

  /** Yields the nodes, not yet checked. @throws InvalidInputError when the archive is damaged or cut off */
  async *nodes(): AsyncGenerator<ArchivedNode> {
    while (this.#next?.parts[1] === 'nodes') {
      const id = idOf(this.#next, nodePrefixDigits, 'node');
      const node = await this.#blob();
      if (
        this.#next?.parts[1] !== 'nodes' ||
        idOf(this.#next, nodePrefixDigits, 'children') !== id
      ) {
        throw new InvalidInputError(`The archive lacks a half of the node ${id}.`);
      }
      yield { id, blobs: { node, children: await this.#blob() } };
    }
  }

  /** Yields the contents, not yet checked; each must be taken before the next. @throws InvalidInputError as `nodes` */
  async *contents(): AsyncGenerator<ReadContent> {
    while (this.#next?.parts[1] === 'versions') {
      const { sizeBytes } = this.#next;
      const pieces = this.#next.stream();
      yield { hash: idOf(this.#next, contentPrefixDigits), sizeBytes, pieces };
      await this.#advance();
    }
  }

  /** Makes sure that nothing follows, and that the archive was not cut off. @throws InvalidInputError */
  async finish(): Promise<void> {
    if (this.#next !== undefined) throw unexpected(this.#next);
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    await this.#entries.return(undefined);
  }

  async #blob(): Promise<Uint8Array> {
    const entry = this.#next;
    if (entry === undefined || entry.sizeBytes > maxArchivedBlobBytes) throw unexpected(entry);
    const bytes = await entry.readAll();
    await this.#advance();
    return bytes;
  }

  async #advance(): Promise<void> {
    for (;;) {
      const { value, done } = await this.#entries.next();
      this.#next = done === true ? undefined : value;
      if (this.#next === undefined) return;
      if (this.#next.parts[0] !== top) throw unexpected(this.#next);
      if (this.#next.kind === 'file') return; // directories, which `tar` adds when it packs again, say nothing
    }
  }
}

/** Returns the hash that a path names. @throws InvalidInputError when it names none */
function idOf(entry: ReadTarEntry, digits: number, leaf?: string): Hash {
  const [, , prefix = '', rest = '', ...last] = entry.parts;
  const isLeaf = leaf === undefined ? last.length === 0 : last.length === 1 && last[0] === leaf;
  const isHash = /^[0-9a-f]{32}$/.test(prefix + rest) && prefix.length === digits;
  if (!isLeaf || !isHash) throw unexpected(entry);
  return parseHash(prefix + rest);
}

function unexpected(entry: ReadTarEntry | undefined): InvalidInputError {
  const path = JSON.stringify((entry?.parts ?? []).join('/').slice(0, 120));
  return new InvalidInputError(`The archive holds ${path}, which does not belong there.`);
}
