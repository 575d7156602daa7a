import { describe, expect, test } from 'vitest';
import type { CommitId, Hash } from '../../src/core/model/hash.js';
import type { FileMetadata } from '../../src/core/model/node.js';
import { painter } from '../../src/ui/colour.js';
import { renderCommit } from '../../src/ui/log-view.js';
import { renderEarlyNode, renderNode, renderNodeWithChildren } from '../../src/ui/node-view.js';
import { type NodeForm, renderNodeLine, type ShownNode } from '../../src/ui/shown-node.js';
import { renderTree, type TreeEntry } from '../../src/ui/tree-view.js';

const commitId = '498c4092680a27166f3ebeb7865326a5' as CommitId;
const firstId = 'd4b2a2e8be38ebaf0db9f143abbd288f' as CommitId;

const commit: ShownNode = {
  kind: 'commit',
  commit: {
    id: commitId,
    parentIds: [firstId],
    message: 'second commit',
    author: 'Bessie',
    email: 'bessie@your_email.com',
    timestamp: { seconds: Date.UTC(2026, 10, 21, 8, 18, 9) / 1000, nanoseconds: 143_190_345 },
  },
};

const root: ShownNode = {
  kind: 'dir',
  dir: {
    hash: 'b755488e5fecef1289b39c0cfbd06be1' as Hash,
    name: '',
    entryCount: 4,
    sizeBytes: 97,
    lastCommitId: commitId,
    dataTypeCounts: new Map([
      ['text', 3],
      ['image', 1],
      ['tabular', 1],
    ]),
    dataTypeSizes: new Map([
      ['text', 41],
      ['image', 28],
      ['tabular', 28],
    ]),
  },
  vnodeCount: 1,
};

const vnode: ShownNode = {
  kind: 'vnode',
  vnode: { hash: 'f09aadee7ef89fd2599b4b88595d3850' as Hash, entryCount: 4 },
};

function file(name: string, hash: string, metadata?: FileMetadata): ShownNode {
  return {
    kind: 'file',
    metadata,
    file: {
      name,
      hash: hash as Hash,
      metadataHash: undefined,
      combinedHash: hash as Hash,
      sizeBytes: 35,
      lastCommitId: commitId,
      modified: { seconds: 1_795_249_089, nanoseconds: 78_942_136 },
      dataType: 'text',
      metadata: new Uint8Array([0xc0]),
      mimeType: 'text/markdown',
      extension: 'md',
    },
  };
}

const readme = file('README.md', 'b04438eefbddf33f562f18f966d40967', {
  kind: 'text',
  lineCount: 5,
  charCount: 35,
});

const schema: FileMetadata = {
  kind: 'tabular',
  width: 2,
  height: 3,
  schemaHash: '57dc43830b69337a6737d703803a65aa',
  fields: [
    { name: 'id', dtype: 'i64' },
    { name: 'label', dtype: 'str' },
  ],
};

async function treeText(entries: readonly TreeEntry[], form: NodeForm): Promise<string> {
  let text = '';
  for await (const piece of renderTree(entries, form)) text += piece;
  return text;
}

describe('tree', () => {
  const entries: TreeEntry[] = [commit, root, vnode, readme].map((node, level) => ({
    level,
    node,
  }));

  test('prints the lines of Oxen 0.65', async () => {
    expect(
      await treeText(entries, 'current'),
    ).toBe(`[Commit] ${commitId} "second commit" -> Bessie bessie@your_email.com parent_ids "${firstId}"
  [Dir] b755488e5f "" (97 B) (5 files) (commit 498c409268)  (4 entries)
    [VNode] f09aadee7e  (4 entries)
      [File] b04438eefb "README.md" (text/markdown) 35 B [b04438eefb] (commit 498c409268) MetadataText(5 lines, 35 chars)
`);
  });

  test('prints the lines of the early docs', async () => {
    expect(
      await treeText(entries, 'early'),
    ).toBe(`[Commit] ${commitId} -> second commit parent_ids "${firstId}"
  [Dir]  -> b755488e5fecef1289b39c0cfbd06be1 97 B (1 nodes) (5 files) [latest commit ${commitId}]
    [VNode] f09aadee7ef89fd2599b4b88595d3850 (4 children)
      [File] README.md -> b04438eefbddf33f562f18f966d40967 35 B [latest commit ${commitId}]
`);
  });

  test('keeps the order of a stream longer than one piece', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => ({
      level: 0,
      node: file(`${index}.txt`, '1'),
    }));
    const names = (await treeText(many, 'early')).split('\n').map((line) => line.split(' ')[1]);
    expect(names.slice(0, -1)).toEqual(many.map((_, index) => `${index}.txt`));
  });

  test('shows tables with their columns', () => {
    expect(
      renderNodeLine(file('t.csv', '41c9873d198fcd238bc9d31b5af3c93f', schema), 'current'),
    ).toMatch(/ MetadataTabular\(2x3\) \(2 fields\) id: i64, label: str$/);
  });

  test('keeps every node on its line, whatever its name is', () => {
    for (const form of ['current', 'early'] as const) {
      expect(renderNodeLine(file('a\nb\u001b[31m', '1'), form)).toContain('"a\\nb\\033[31m"');
    }
  });
});

describe('node', () => {
  test('prints a commit as Oxen 0.65 does', () => {
    expect(
      renderNode({ node: commit, parentId: firstId, children: [root] }),
    ).toBe(`[Commit] ${commitId} "second commit" -> Bessie bessie@your_email.com parent_ids "${firstId}"
=============
hash: ${commitId}
node: Commit(CommitNode
	message: second commit
	parent_ids: [MerkleHash(${firstId})]
	author: Bessie
	email: bessie@your_email.com
	timestamp: 2026-11-21 8:18:09.143190345 +00:00:00
)
parent_id: ${firstId}
children.len(): 1
=============
[Dir] b755488e5f "" (97 B) (5 files) (commit 498c409268)  (4 entries)

`);
  });

  test('prints a file as Oxen 0.65 does', () => {
    expect(
      renderNode({ node: readme, parentId: vnode.vnode.hash, children: [] }),
    ).toBe(`[File] b04438eefb "README.md" (text/markdown) 35 B [b04438eefb] (commit 498c409268) MetadataText(5 lines, 35 chars)
=============
hash: b04438eefbddf33f562f18f966d40967
node: File(FileNode
	hash: b04438eefbddf33f562f18f966d40967
	name: README.md
	num_bytes: 35 B
	data_type: Text
	metadata: Some(MetadataText(MetadataText { text: MetadataTextImpl { num_lines: 5, num_chars: 35 } }))
	mime_type: text/markdown
	extension: md
	chunk_hashes: [234298358193715103572969073804896897383]
	chunk_type: SingleFile
	storage_backend: Disk
	last_commit_id: ${commitId}
	last_modified_seconds: 1795249089
	last_modified_nanoseconds: 78942136
	metadata: Some(MetadataText(MetadataText { text: MetadataTextImpl { num_lines: 5, num_chars: 35 } }))
)
parent_id: f09aadee7ef89fd2599b4b88595d3850
children.len(): 0
=============

`);
  });

  test('prints a directory with its children', () => {
    const directory = { node: root, parentId: commitId, children: [vnode] };
    const bucket = { node: vnode, parentId: root.dir.hash, children: [readme] };
    const text = renderNodeWithChildren(directory, [bucket]);
    expect(text).toContain(`node: Directory(DirNode
	hash: b755488e5fecef1289b39c0cfbd06be1
	name: 
	num_bytes: 97 B
	num_entries: 4
	num_files: 5
	data_type_counts: {"image": 1, "tabular": 1, "text": 3}
	data_type_sizes: {"image": 28, "tabular": 28, "text": 41}
)
`);
    expect(text).toContain(`[VNode] f09aadee7e  (4 entries)

1 children
[VNode] f09aadee7e  (4 entries)
=============
hash: f09aadee7ef89fd2599b4b88595d3850
node: VNode(VNode(f09aadee7ef89fd2599b4b88595d3850))
`);
  });

  test('prints the schema of a table as Oxen 0.65 does', () => {
    const table = file('t.csv', '41c9873d198fcd238bc9d31b5af3c93f', schema);
    expect(renderNode({ node: table, parentId: undefined, children: [] })).toContain(
      'metadata: Some(MetadataTabular(MetadataTabular { tabular: MetadataTabularImpl { width: 2, height: 3, schema: Schema { hash: "57dc43830b69337a6737d703803a65aa", fields: [Field { name: "id", dtype: "i64", metadata: None, changes: None }, Field { name: "label", dtype: "str", metadata: None, changes: None }], metadata: None } } }))',
    );
  });

  test('prints a commit as the early docs do', () => {
    const first: ShownNode = {
      kind: 'commit',
      commit: {
        ...commit.commit,
        parentIds: [],
        timestamp: { seconds: Date.UTC(2024, 7, 19, 23, 6, 41) / 1000, nanoseconds: 525_894_000 },
      },
    };
    expect(renderEarlyNode(first)).toBe(`CommitNode
	hash: ${commitId}
	message: second commit
	parent_ids: []
	author: Bessie
	email: bessie@your_email.com
	timestamp: 2024-08-19 23:06:41.525894 +00:00:00
`);
  });
});

describe('log', () => {
  test('prints a commit as the seeds show it', () => {
    const text = renderCommit(
      {
        ...commit.commit,
        id: 'a72b68036af144bfe2dff0fb08a746c4' as CommitId,
        author: 'ox',
        message: 'Initialized Repo 🐂',
        timestamp: { seconds: Date.UTC(2024, 4, 9, 22, 29, 0) / 1000, nanoseconds: 0 },
      },
      painter(false),
    );
    expect(text).toBe(`commit a72b68036af144bfe2dff0fb08a746c4

Author: ox
Date:   Thursday, 09 May 2024 22:29:00 +00

    Initialized Repo 🐂

`);
  });

  test('lets no message steer the terminal', () => {
    const message = 'one\n\ntwo\u001b[2J\r';
    expect(renderCommit({ ...commit.commit, message }, painter(false))).toContain(
      '    one\n\n    two\\x1b[2J\\x0d\n',
    );
  });
});
