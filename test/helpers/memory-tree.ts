/** Commits to a tree held in memory: the real planning, building and encoding, with a `Map` in the place of the store. */

import { hashBytes } from '../../src/core/format/hashing.js';
import { encodeDir } from '../../src/core/format/node-codec.js';
import { parseNode, payloadOf } from '../../src/core/format/node-file.js';
import {
  type StagedKind,
  StagedRun,
  StagedRunBuilder,
  type StagedStatus,
  stagedKinds,
  stagedStatuses,
} from '../../src/core/format/staged-run.js';
import { type Hash, hashFromBytes, hashToBytes, zeroHash } from '../../src/core/model/hash.js';
import { dataTypes, type NodeBlobs } from '../../src/core/model/node.js';
import { baseName, parentPath, type RepoPath, sortBytewise } from '../../src/core/model/path.js';
import { builtId, type ChangedDirectory, TreeChange } from '../../src/core/ops/tree-change.js';
import { buildDirectory } from '../../src/core/tree/build.js';
import { DirectoryEncoder } from '../../src/core/tree/encode.js';
import { totalsAsMaps } from '../../src/core/tree/totals.js';
import { walkTree } from '../../src/core/tree/walk.js';

/** A table with metadata: the msgpack bytes of its node. */
export interface TableFile {
  readonly content: string;
  readonly metadata: Uint8Array;
}

/** What to stage: content of a file, `null` to remove it, or what happens to a directory itself. */
export type Change = string | TableFile | null | 'dir added' | 'dir removed';

/** Nodes in memory, and commits upon them. */
export class MemoryTree {
  readonly nodes = new Map<Hash, NodeBlobs>();

  read(id: Hash): NodeBlobs | undefined {
    return this.nodes.get(id);
  }

  /** Applies changes by path to a tree and returns the id of the new root. */
  commit(
    base: Hash | undefined,
    changes: Readonly<Record<string, Change>>,
    translate = false,
  ): Hash {
    const change = new TreeChange(this, stagedSource(changes), base, translate);
    for (const directory of [...change.levels].reverse().flat()) {
      directory.built = buildDirectory(change.prepare(directory));
    }
    const payloads = new Map<string, Uint8Array>();
    const built = change.levels.flat();
    for (const directory of built) payloads.set(directory.path, this.#payload(directory));
    for (const directory of built) this.#write(change, directory, payloads);
    return builtId(required(change.at('' as RepoPath)));
  }

  /** Returns the tree as paths with content hashes; directories end in a slash. */
  list(root: Hash): Record<string, string> {
    const listed: Record<string, string> = {};
    for (const { path, entry } of walkTree(this, root, '' as RepoPath)) {
      if (entry.kind === 'dir') listed[`${path}/`] = '';
      else listed[path] = entry.hash;
    }
    return listed;
  }

  #payload(directory: ChangedDirectory): Uint8Array {
    const result = required(directory);
    const stored = this.nodes.get(builtId(result));
    if (stored !== undefined) return payloadOf(parseNode(stored));
    return encodeDir({
      hash: builtId(result),
      name: baseName(directory.path),
      entryCount: result.entryCount,
      lastCommitId: zeroHash,
      ...totalsAsMaps(result.totals),
    });
  }

  #write(change: TreeChange, directory: ChangedDirectory, payloads: Map<string, Uint8Array>): void {
    const payloadAt = ({ path }: ChangedDirectory) => payloads.get(path) ?? new Uint8Array(0);
    new DirectoryEncoder(hashToBytes(zeroHash)).encode(
      {
        change: change.prepare(directory, payloadAt),
        built: required(directory),
        dirPayload: payloadAt(directory),
        parentId: hashToBytes(zeroHash),
      },
      (id, node, children) => {
        const key = hashFromBytes(id);
        if (!this.nodes.has(key))
          this.nodes.set(key, { node: new Uint8Array(node), children: new Uint8Array(children) });
      },
    );
  }
}

function required(directory: ChangedDirectory | undefined) {
  if (directory?.built === undefined) throw new Error('not built');
  return directory.built;
}

function stagedSource(changes: Readonly<Record<string, Change>>) {
  const byDirectory = new Map<RepoPath, string[]>();
  for (const path of Object.keys(changes)) {
    const parent = parentPath(path as RepoPath);
    byDirectory.set(parent, [...(byDirectory.get(parent) ?? []), path]);
  }
  const readDirectory = (directory: RepoPath) => {
    const paths = byDirectory.get(directory) ?? [];
    const builder = new StagedRunBuilder(paths.length);
    for (const path of sortBytewise([...paths])) {
      appendChange(builder, baseName(path as RepoPath), changes[path] ?? null);
    }
    return paths.length === 0 ? [] : [new StagedRun(builder.finish())];
  };
  function* runs() {
    for (const directory of byDirectory.keys()) {
      for (const run of readDirectory(directory)) yield { directory, run };
    }
  }
  return { runs, readDirectory };
}

function appendChange(builder: StagedRunBuilder, name: string, change: Change): void {
  const isDirectory = change === 'dir added' || change === 'dir removed';
  const isRemoved = change === null || change === 'dir removed';
  const status: StagedStatus = isRemoved ? stagedStatuses.removed : stagedStatuses.added;
  const kind: StagedKind = isDirectory ? stagedKinds.dir : stagedKinds.file;
  const table = typeof change === 'object' && change !== null ? change : undefined;
  const text = typeof change === 'string' && !isDirectory ? change : '';
  const content = Buffer.from(table?.content ?? text);
  builder.append(name, {
    status,
    kind,
    hash: hashToBytes(hashBytes(content)),
    sizeBytes: content.length,
    mtimeSeconds: 1,
    mtimeNanoseconds: 2,
    dataType: dataTypes.indexOf(table === undefined ? 'text' : 'tabular'),
    mimeType: 'text/plain',
    metadataHash: undefined,
    metadata: table?.metadata ?? new Uint8Array(0),
  });
}
