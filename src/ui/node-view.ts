/** The text of `node`: everything about one node, in the form of Oxen 0.65 and in the form of the early docs. */
import type { Hash } from '../core/model/hash.js';
import type { FileMetadata } from '../core/model/node.js';
import { countFiles, renderNodeLine, type ShownNode } from './shown-node.js';
import { showText } from './shown-text.js';
import { formatSize, formatTimestamp } from './units.js';

/** A node with its neighbours in the tree. */
export interface NodeView {
  readonly node: ShownNode;
  readonly parentId: Hash | undefined; // the node that holds it; for a commit its first parent
  readonly children: readonly ShownNode[];
}

/** Name and value of one thing that is known about a node. */
type Field = readonly [name: string, value: string];

const rule = '=============';

/** Returns the current form of a node; it ends with an empty line. */
export function renderNode({ node, parentId, children }: NodeView): string {
  return [
    renderNodeLine(node, 'current'),
    rule,
    `hash: ${hashOf(node)}`,
    `node: ${describeNode(node)}`,
    `parent_id: ${parentId ?? 'None'}`,
    `children.len(): ${children.length}`,
    rule,
    ...children.map((child) => renderNodeLine(child, 'current')),
    '',
    '',
  ].join('\n');
}

/** Returns the current form of a node and of each of its children; `children` are those of `view`, in order. */
export function renderNodeWithChildren(view: NodeView, children: readonly NodeView[]): string {
  return `${renderNode(view)}${children.length} children\n${children.map(renderNode).join('')}`;
}

/** Returns the form of the early docs: the type, then a line for each thing that is known, indented by a tab. */
export function renderEarlyNode(node: ShownNode): string {
  return node.kind === 'vnode'
    ? `VNode\n\thash: ${node.vnode.hash}\n\tnum_entries: ${node.vnode.entryCount}\n`
    : renderBlock(earlyFieldsOf(node), typeNames[node.kind]);
}

const typeNames = { commit: 'CommitNode', dir: 'DirNode', file: 'FileNode' } as const;

function hashOf(node: ShownNode): Hash {
  switch (node.kind) {
    case 'commit':
      return node.commit.id;
    case 'dir':
      return node.dir.hash;
    case 'vnode':
      return node.vnode.hash;
    case 'file':
      return node.file.hash;
  }
}

function describeNode(node: ShownNode): string {
  if (node.kind === 'vnode') return `VNode(VNode(${node.vnode.hash}))`;
  const variant = { commit: 'Commit', dir: 'Directory', file: 'File' }[node.kind];
  return `${variant}(${renderBlock(fieldsOf(node), typeNames[node.kind])})`;
}

function renderBlock(fields: readonly Field[], typeName: string): string {
  return `${typeName}\n${fields.map(([name, value]) => `\t${name}: ${value}\n`).join('')}`;
}

type TypedNode = Exclude<ShownNode, { kind: 'vnode' }>;

/** The early docs show the hash of a commit among its fields, Oxen 0.65 does not. */
function earlyFieldsOf(node: TypedNode): Field[] {
  const fields = fieldsOf(node);
  return node.kind === 'commit' ? [['hash', node.commit.id], ...fields] : fields;
}

function fieldsOf(node: TypedNode): Field[] {
  switch (node.kind) {
    case 'commit':
      return commitFields(node);
    case 'dir':
      return directoryFields(node);
    case 'file':
      return fileFields(node);
  }
}

function commitFields({ commit }: Extract<ShownNode, { kind: 'commit' }>): Field[] {
  return [
    ['message', showText(commit.message)],
    ['parent_ids', `[${commit.parentIds.map((id) => `MerkleHash(${id})`).join(', ')}]`],
    ['author', showText(commit.author)],
    ['email', showText(commit.email)],
    ['timestamp', formatTimestamp(commit.timestamp)],
  ];
}

function directoryFields({ dir }: Extract<ShownNode, { kind: 'dir' }>): Field[] {
  return [
    ['hash', dir.hash],
    ['name', showText(dir.name)],
    ['num_bytes', formatSize(dir.sizeBytes)],
    ['num_entries', String(dir.entryCount)],
    ['num_files', String(countFiles(dir))],
    ['data_type_counts', renderCounts(dir.dataTypeCounts)],
    ['data_type_sizes', renderCounts(dir.dataTypeSizes)],
  ];
}

function renderCounts(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${sorted.map(([type, count]) => `"${type}": ${count}`).join(', ')}}`;
}

function fileFields({ file, metadata }: Extract<ShownNode, { kind: 'file' }>): Field[] {
  const shownMetadata = metadata === undefined ? 'None' : `Some(${renderMetadata(metadata)})`;
  return [
    ['hash', file.hash],
    ['name', showText(file.name)],
    ['num_bytes', formatSize(file.sizeBytes)],
    ['data_type', capitalize(file.dataType)],
    ['metadata', shownMetadata],
    ['mime_type', showText(file.mimeType)],
    ['extension', showText(file.extension)],
    ['chunk_hashes', `[${BigInt(`0x${file.hash}`)}]`],
    ['chunk_type', 'SingleFile'],
    ['storage_backend', 'Disk'],
    ['last_commit_id', file.lastCommitId],
    ['last_modified_seconds', String(file.modified.seconds)],
    ['last_modified_nanoseconds', String(file.modified.nanoseconds)],
    ['metadata', shownMetadata],
  ];
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Returns metadata as Rust prints its debug form, which is what the original shows. */
function renderMetadata(metadata: FileMetadata): string {
  switch (metadata.kind) {
    case 'text':
      return debugForm('text', [
        ['num_lines', String(metadata.lineCount)],
        ['num_chars', String(metadata.charCount)],
      ]);
    case 'image':
      return debugForm('image', [
        ['width', String(metadata.width)],
        ['height', String(metadata.height)],
      ]);
    case 'video':
      return debugForm('video', [
        ['num_seconds', debugNumber(metadata.seconds)],
        ['width', String(metadata.width)],
        ['height', String(metadata.height)],
      ]);
    case 'audio':
      return debugForm('audio', [
        ['num_seconds', debugNumber(metadata.seconds)],
        ['num_channels', String(metadata.channelCount)],
        ['sample_rate', String(metadata.sampleRate)],
      ]);
    case 'tabular': {
      const fields = metadata.fields.map(
        ({ name, dtype }) =>
          `Field { name: ${JSON.stringify(name)}, dtype: ${JSON.stringify(dtype)}, metadata: None, changes: None }`,
      );
      const schema = `Schema { hash: "${metadata.schemaHash}", fields: [${fields.join(', ')}], metadata: None }`;
      return debugForm('tabular', [
        ['width', String(metadata.width)],
        ['height', String(metadata.height)],
        ['schema', schema],
      ]);
    }
  }
}

function debugForm(kind: string, fields: readonly Field[]): string {
  const type = `Metadata${capitalize(kind)}`;
  const body = fields.map(([name, value]) => `${name}: ${value}`).join(', ');
  return `${type}(${type} { ${kind}: ${type}Impl { ${body} } })`;
}

function debugNumber(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
