/** Files and directories of a commit as listings show them. */
import { decodeMetadata } from '../format/metadata/metadata-codec.js';
import type { Hash } from '../model/hash.js';
import type { DirNode, FileMetadata } from '../model/node.js';
import { joinPath, type RepoPath, rootPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import {
  dirNodeOf,
  fileNodeOf,
  lookupPath,
  readDirectory,
  requireNode,
  subdirectoryNodeOf,
  type TreeEntry,
} from '../tree/read.js';

/** A file or directory with what is stored about it. */
export interface ReadEntry {
  readonly path: RepoPath;
  readonly name: string;
  readonly hash: Hash; // of the content, or the id of the directory
  readonly isDir: boolean;
  readonly sizeBytes: number;
  readonly lastCommitId: Hash; // a hint
  readonly dataType: string;
  readonly mimeType: string;
  readonly extension: string;
  readonly metadata?: FileMetadata;
  readonly dataTypes?: readonly { readonly dataType: string; readonly fileCount: number }[];
}

/** Returns what is at a path below a root directory, undefined when nothing is. @throws IntegrityError for damaged nodes */
export function readEntry(
  repository: OpenRepository,
  rootId: Hash,
  path: RepoPath,
): ReadEntry | undefined {
  const { nodes } = repository;
  if (path === rootPath) return describeDir(path, dirNodeOf(requireNode(nodes, rootId, 'dir')));
  const entry = lookupPath(nodes, rootId, path);
  return entry === undefined ? undefined : describe(path, entry);
}

/** Returns the entries of a directory: directories first, each kind ascending by name. @throws IntegrityError for damaged nodes */
export function listEntries(repository: OpenRepository, dir: ReadEntry): ReadEntry[] {
  const entries = readDirectory(repository.nodes, dir.hash);
  const dirs = entries.filter(({ kind }) => kind === 'dir');
  const files = entries.filter(({ kind }) => kind === 'file');
  return [...dirs, ...files].map((entry) => describe(joinPath(dir.path, entry.name), entry));
}

function describe(path: RepoPath, entry: TreeEntry): ReadEntry {
  if (entry.kind === 'dir') return describeDir(path, subdirectoryNodeOf(entry));
  const file = fileNodeOf(entry);
  const { name, hash, sizeBytes, lastCommitId, dataType, mimeType, extension } = file;
  const metadata = decodeMetadata(file.metadata, dataType);
  return {
    path,
    name,
    hash,
    isDir: false,
    sizeBytes,
    lastCommitId,
    dataType,
    mimeType,
    extension,
    ...(metadata === undefined ? {} : { metadata }),
  };
}

function describeDir(path: RepoPath, dir: DirNode): ReadEntry {
  return {
    path,
    name: dir.name,
    hash: dir.hash,
    isDir: true,
    sizeBytes: dir.sizeBytes,
    lastCommitId: dir.lastCommitId,
    dataType: 'dir',
    mimeType: 'inode/directory',
    extension: '',
    dataTypes: [...dir.dataTypeCounts].map(([dataType, fileCount]) => ({ dataType, fileCount })),
  };
}
