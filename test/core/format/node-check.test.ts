import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EntryPeek } from '../../../src/core/format/entry-peek.js';
import { MsgpackWriter } from '../../../src/core/format/msgpack.js';
import { checkNode } from '../../../src/core/format/node-check.js';
import {
  encodeCommit,
  encodeDir,
  encodeFile,
  encodeVNode,
} from '../../../src/core/format/node-codec.js';
import {
  assembleNode,
  ChildList,
  findChild,
  parseNode,
} from '../../../src/core/format/node-file.js';
import { IntegrityError } from '../../../src/core/model/errors.js';
import {
  type CommitId,
  type Hash,
  hashToBytes,
  parseHash,
  zeroHash,
} from '../../../src/core/model/hash.js';
import {
  type DirNode,
  type NodeBlobs,
  type NodeType,
  nodeTypes,
} from '../../../src/core/model/node.js';

const id = parseHash('1234');
const contentHash = parseHash('abcdef');

interface Child {
  readonly type: NodeType;
  readonly hash: Hash;
  readonly payload: Uint8Array;
}

function file(name: string, hash: Hash = contentHash): Child {
  const facts = { name, hash, metadataHash: undefined, combinedHash: hash, sizeBytes: 3 };
  const payload = encodeFile({
    ...facts,
    lastCommitId: zeroHash,
    modified: { seconds: 1, nanoseconds: 2 },
    dataType: 'text',
    metadata: Uint8Array.of(0xc0),
    mimeType: 'text/plain',
    extension: '',
  });
  return { type: nodeTypes.file, hash, payload };
}

function dirValue(name: string, hash: Hash): DirNode {
  return {
    hash,
    name,
    entryCount: 1,
    sizeBytes: 3,
    lastCommitId: zeroHash,
    dataTypeCounts: new Map(),
    dataTypeSizes: new Map(),
  };
}

function dir(name: string, hash: Hash = contentHash): Child {
  return { type: nodeTypes.dir, hash, payload: encodeDir(dirValue(name, hash)) };
}

function blobs(type: NodeType, payload: Uint8Array, children: readonly Child[]): NodeBlobs {
  const list = new ChildList();
  for (const child of children)
    list.add(child.type, hashToBytes(child.hash), 0, child.payload.length);
  return {
    node: assembleNode(type, hashToBytes(zeroHash), payload, list),
    children: Buffer.concat(children.map((child) => child.payload)),
  };
}

function vnode(...children: Child[]): NodeBlobs {
  return blobs(nodeTypes.vnode, encodeVNode({ hash: id, entryCount: children.length }), children);
}

function dirNode(name: string, ...children: Child[]): NodeBlobs {
  return blobs(nodeTypes.dir, encodeDir(dirValue(name, id)), children);
}

function commitNode(...children: Child[]): NodeBlobs {
  const payload = encodeCommit({
    id: id as CommitId,
    parentIds: [],
    message: 'm',
    author: 'a',
    email: 'e',
    timestamp: { seconds: 0, nanoseconds: 0 },
  });
  return blobs(nodeTypes.commit, payload, children);
}

const vnodeChild = {
  type: nodeTypes.vnode,
  hash: contentHash,
  payload: encodeVNode({ hash: contentHash, entryCount: 1 }),
};

function changed(child: Child, changes: Partial<Child>): Child {
  return { ...child, ...changes };
}

test('accepts well-formed nodes of every kind', () => {
  expect(checkNode(id, vnode(file('a'), dir('b'), file('b c'), file('é'))).childCount).toBe(4);
  expect(checkNode(id, vnode()).childCount).toBe(0);
  expect(checkNode(id, dirNode('d', vnodeChild)).childCount).toBe(1);
  expect(checkNode(id, commitNode(dir(''))).childCount).toBe(1);
});

test.each([
  ['names out of order', vnode(file('b'), file('a')), 'out of order'],
  ['a name twice', vnode(file('a'), dir('a')), 'out of order'],
  ['a name that leads upwards', vnode(file('..')), 'is a reserved name'],
  ['a name with a slash', vnode(file('a/b')), 'contains a slash'],
  ['the name of the control directory', vnode(dir('.Oxen')), "is reserved for oxen's own data"],
  ['an empty name', vnode(file('')), 'is empty'],
  ['a hash that differs from the table', vnode(changed(file('a'), { hash: id })), 'its hash'],
  ['a type that differs from the table', vnode(changed(file('a'), { type: 1 })), 'its type'],
  ['a vnode inside a vnode', vnode(vnodeChild), 'a file or directory was expected'],
  ['a file in a directory node', dirNode('d', file('a')), 'is no vnode'],
  ['a directory name that leads upwards', dirNode('..'), 'is a reserved name'],
  ['a commit without a directory', commitNode(), 'exactly one directory'],
  ['a commit with a file', commitNode(file('a')), 'exactly one directory'],
  ['a root directory with a name', commitNode(dir('a')), 'has a name'],
  [
    'an id that the payload denies',
    blobs(2, encodeVNode({ hash: contentHash, entryCount: 0 }), []),
    'said to be',
  ],
  ['an unknown node type', { ...vnode(), node: new Uint8Array(60).fill(3) }, 'its type is 3'],
  ['an empty node', { node: new Uint8Array(0), children: new Uint8Array(0) }, 'cut off'],
  [
    'children that do not fill their blob',
    { ...vnode(file('a')), children: new Uint8Array(999) },
    'fill',
  ],
  ['children outside their blob', { ...vnode(file('a')), children: new Uint8Array(5) }, 'outside'],
])('refuses %s', (_, damaged, message) => {
  expect(() => checkNode(id, damaged)).toThrow(IntegrityError);
  expect(() => checkNode(id, damaged)).toThrow(message);
});

test('refuses payloads that overlap or leave gaps', () => {
  const whole = vnode(file('a'), file('b'));
  const moved = Uint8Array.from(whole.node);
  moved[moved.length - 16] = 0; // offset of the second child
  expect(() => checkNode(id, { ...whole, node: moved })).toThrow('out of place');
});

test('fails only with an integrity error on damaged blobs, also when reading them in place', () => {
  const samples = [
    vnode(file('a'), dir('b'), file('c')),
    dirNode('d', vnodeChild),
    commitNode(dir('')),
  ];
  const damage = fc.array(fc.tuple(fc.boolean(), fc.nat(), fc.nat(255)), { maxLength: 3 });
  fc.assert(
    fc.property(
      fc.constantFrom(...samples),
      damage,
      fc.nat(80),
      fc.nat(80),
      (sample, changes, ...cuts) => {
        const node = Uint8Array.from(
          sample.node.subarray(0, sample.node.length - (cuts[0] > 40 ? 0 : cuts[0])),
        );
        const children = Uint8Array.from(
          sample.children.subarray(0, sample.children.length - (cuts[1] > 40 ? 0 : cuts[1])),
        );
        for (const [inNode, at, value] of changes) {
          const target = inNode ? node : children;
          target[at % (target.length + 1)] = value;
        }
        for (const use of [
          () => checkNode(id, { node, children }),
          () => findChild(parseNode({ node, children }), Buffer.from('b'), new EntryPeek()),
        ]) {
          try {
            use();
          } catch (error) {
            expect(error).toBeInstanceOf(IntegrityError);
          }
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test('assembles a node of many children from a list that is used again', () => {
  const list = new ChildList();
  const writer = new MsgpackWriter();
  for (const count of [100, 3]) {
    list.reset();
    for (let index = 0; index < count; index++)
      list.add(nodeTypes.file, hashToBytes(contentHash), 0, 2 ** 31);
    writer.reset();
    writer.nil();
    const view = parseNode({
      node: assembleNode(nodeTypes.vnode, hashToBytes(id), writer.view(), list),
      children: new Uint8Array(0),
    });
    expect(view.childCount).toBe(count);
    expect(list.childrenLength).toBe(count * 2 ** 31);
  }
});
