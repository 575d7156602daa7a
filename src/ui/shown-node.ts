/**
 * Nodes of the Merkle tree as `tree` and `node` show them: what the model says about them, together with what only their
 * surroundings tell. And the one line that stands for a node, in the form of Oxen 0.65 and in the form of the early docs.
 */
import type { CommitNode, DirNode, FileMetadata, FileNode, VNode } from '../core/model/node.js';
import { showName } from '../core/model/shown-name.js';
import { quoteName } from './shown-text.js';
import { formatSize } from './units.js';

/** A node with all that is shown of it. */
export type ShownNode =
  | { readonly kind: 'commit'; readonly commit: CommitNode }
  | {
      readonly kind: 'dir';
      readonly dir: DirNode;
      readonly vnodeCount: number; // buckets it has; 0 for an empty directory
    }
  | { readonly kind: 'vnode'; readonly vnode: VNode }
  | {
      readonly kind: 'file';
      readonly file: FileNode;
      readonly metadata: FileMetadata | undefined; // what `file.metadata` says, decoded
    };

/** `current` is the form of Oxen 0.65, `early` that of the docs of 2024. */
export type NodeForm = 'current' | 'early';

/** Digits of a hash in lines of the current form. */
const shortDigits = 10;

/** Returns the line that stands for `node`, without a line end. */
export function renderNodeLine(node: ShownNode, form: NodeForm): string {
  return form === 'current' ? renderCurrentLine(node) : renderEarlyLine(node);
}

function renderCurrentLine(node: ShownNode): string {
  switch (node.kind) {
    case 'commit': {
      const { id, message, author, email, parentIds } = node.commit;
      return `[Commit] ${id} ${quoteName(message)} -> ${showName(author)} ${showName(email)} parent_ids "${parentIds.join(',')}"`;
    }
    case 'dir': {
      const { hash, name, sizeBytes, entryCount, lastCommitId } = node.dir;
      const totals = `(${formatSize(sizeBytes)}) (${countFiles(node.dir)} files)`;
      return `[Dir] ${short(hash)} ${quoteName(name)} ${totals} (commit ${short(lastCommitId)})  (${entryCount} entries)`;
    }
    case 'vnode':
      return `[VNode] ${short(node.vnode.hash)}  (${node.vnode.entryCount} entries)`;
    case 'file': {
      const { hash, name, mimeType, sizeBytes, lastCommitId } = node.file;
      const content = `(${mimeType}) ${formatSize(sizeBytes)} [${short(hash)}]`;
      const line = `[File] ${short(hash)} ${quoteName(name)} ${content} (commit ${short(lastCommitId)})`;
      return node.metadata === undefined ? line : `${line} ${summarizeMetadata(node.metadata)}`;
    }
  }
}

function renderEarlyLine(node: ShownNode): string {
  switch (node.kind) {
    case 'commit': {
      const { id, message, parentIds } = node.commit;
      return `[Commit] ${id} -> ${showName(message)} parent_ids "${parentIds.join(',')}"`;
    }
    case 'dir': {
      const { hash, name, sizeBytes, lastCommitId } = node.dir;
      const counts = `(${node.vnodeCount} nodes) (${countFiles(node.dir)} files)`;
      return `[Dir] ${showName(name)} -> ${hash} ${formatSize(sizeBytes)} ${counts} [latest commit ${lastCommitId}]`;
    }
    case 'vnode':
      return `[VNode] ${node.vnode.hash} (${node.vnode.entryCount} children)`;
    case 'file': {
      const { hash, name, sizeBytes, lastCommitId } = node.file;
      return `[File] ${showName(name)} -> ${hash} ${formatSize(sizeBytes)} [latest commit ${lastCommitId}]`;
    }
  }
}

/** Returns the number of files at or below a directory. */
export function countFiles(dir: DirNode): number {
  let count = 0;
  for (const ofType of dir.dataTypeCounts.values()) count += ofType;
  return count;
}

function short(hash: string): string {
  return hash.slice(0, shortDigits);
}

function summarizeMetadata(metadata: FileMetadata): string {
  switch (metadata.kind) {
    case 'text':
      return `MetadataText(${metadata.lineCount} lines, ${metadata.charCount} chars)`;
    case 'image':
      return `MetadataImage(${metadata.width}x${metadata.height})`;
    case 'video':
      return `MetadataVideo(${metadata.width}x${metadata.height}, ${metadata.seconds} s)`;
    case 'audio':
      return `MetadataAudio(${metadata.seconds} s, ${metadata.channelCount} channels, ${metadata.sampleRate} Hz)`;
    case 'tabular': {
      const { width, height, fields } = metadata;
      const columns = fields.map(({ name, dtype }) => `${showName(name)}: ${dtype}`).join(', ');
      return `MetadataTabular(${width}x${height}) (${fields.length} fields) ${columns}`;
    }
  }
}
