/**
 * What it costs to write, read, check and hash the nodes of one large flat directory, per file: the inner loops of commit,
 * of tree walks and of arriving nodes. Each case works on one vnode of 1,000 files.
 */
import { Bench } from 'tinybench';
import { bucketOf } from '../../src/core/format/buckets.js';
import { EntryPeek, peekedName } from '../../src/core/format/entry-peek.js';
import { encodeFileInto, FileColumns } from '../../src/core/format/file-payload.js';
import { MsgpackWriter } from '../../src/core/format/msgpack.js';
import { checkNode } from '../../src/core/format/node-check.js';
import { decodeFile, encodeVNode, writeFile } from '../../src/core/format/node-codec.js';
import {
  assembleNode,
  ChildList,
  childEnd,
  childPayloadAt,
  childStart,
  findChild,
  type NodeView,
  parseNode,
  peekChild,
} from '../../src/core/format/node-file.js';
import { hashFromBytes } from '../../src/core/model/hash.js';
import { nodeTypes } from '../../src/core/model/node.js';
import type { RepoPath } from '../../src/core/model/path.js';
import { BucketFinder } from '../../src/core/tree/bucket.js';
import { vnodeIdInto } from '../../src/core/tree/node-rules.js';

const fileCount = 1000;
const directory = 'images/train' as RepoPath;

/** Returns the bench; every task handles 1,000 files, so a mean of 1 ms is 1 us a file. */
export async function encodingBench(): Promise<Bench> {
  const bench = new Bench({ name: 'nodes, 1,000 files a run', time: 500 });
  const columns = fileColumns();
  const writer = new MsgpackWriter(fileCount * 256);
  const list = new ChildList();
  const id = new Uint8Array(16).fill(9);
  const view = makeVNode(columns, writer, list, id);
  const files = Array.from({ length: fileCount }, (_, index) =>
    decodeFile(childPayloadAt(view, index)),
  );
  const peek = new EntryPeek();
  const names = columns.names.map((name) => Buffer.from(name));
  const out = new Uint8Array(16);
  bench
    .add('write files from columns', () => {
      writer.reset();
      for (let index = 0; index < fileCount; index++) writeRow(writer, columns, index);
    })
    .add('write files from objects', () => {
      writer.reset();
      for (const file of files) writeFile(writer, file);
    })
    .add('write a vnode: files, table, blob', () => {
      makeVNode(columns, writer, list, id);
    })
    .add('decode files to objects', () => {
      for (let index = 0; index < fileCount; index++) {
        decodeFile(view.children, childStart(view, index), childEnd(view, index));
      }
    })
    .add('peek at files', () => {
      for (let index = 0; index < fileCount; index++) peekChild(view, index, peek);
    })
    .add('peek at files, with names', () => {
      let length = 0;
      for (let index = 0; index < fileCount; index++) {
        peekChild(view, index, peek);
        length += peekedName(view.children, peek).length;
      }
      return length;
    })
    .add('find each file by name', () => {
      for (const name of names) findChild(view, name, peek);
    })
    .add('check an arriving vnode', () => {
      checkNode(hashFromBytes(id), view);
    })
    .add('vnode id by our rule', () => {
      vnodeIdInto(directory, view, out, 0);
    })
    .add('buckets of paths', () => {
      const finder = new BucketFinder(directory, 100);
      for (const name of names) finder.find(name, 0, name.length);
    })
    .add('buckets of hashes', () => {
      for (let index = 0; index < fileCount; index++) bucketOf(columns.hashes, index * 16, 1000);
    });
  return bench;
}

interface Columns {
  readonly names: readonly string[];
  readonly nameBytes: Buffer;
  readonly nameEnds: Uint32Array;
  readonly hashes: Uint8Array;
  readonly row: FileColumns;
}

function fileColumns(): Columns {
  const names = Array.from(
    { length: fileCount },
    (_, index) => `img_${String(index).padStart(8, '0')}.jpg`,
  );
  const nameEnds = new Uint32Array(fileCount);
  let end = 0;
  names.forEach((name, index) => {
    end += name.length;
    nameEnds[index] = end;
  });
  const hashes = new Uint8Array(fileCount * 16);
  let state = 1;
  for (let index = 0; index < hashes.length; index++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    hashes[index] = state >>> 24;
  }
  const row = new FileColumns();
  const nameBytes = Buffer.from(names.join(''));
  row.name = nameBytes;
  row.hash = row.combinedHash = row.metadataHash = row.lastCommitId = hashes;
  row.metadataHashOffset = 0;
  row.dataType = 'image';
  row.mimeType = 'image/jpeg';
  row.metadata = Uint8Array.of(0x91, 0x93, 0xcd, 2, 128, 0xcd, 1, 224, 0xc0);
  row.metadataEnd = row.metadata.length;
  return { names, nameBytes, nameEnds, hashes, row };
}

function writeRow(writer: MsgpackWriter, columns: Columns, index: number): void {
  const { row } = columns;
  row.nameStart = index === 0 ? 0 : (columns.nameEnds[index - 1] ?? 0);
  row.nameEnd = columns.nameEnds[index] ?? 0;
  row.hashOffset = index * 16;
  row.combinedHashOffset = index * 16;
  row.sizeBytes = 4096 + index;
  row.modifiedSeconds = 1_795_245_354 + index;
  row.modifiedNanoseconds = 770_352_893 - index;
  encodeFileInto(writer, row);
}

function makeVNode(
  columns: Columns,
  writer: MsgpackWriter,
  list: ChildList,
  id: Uint8Array,
): NodeView {
  writer.reset();
  list.reset();
  for (let index = 0; index < fileCount; index++) {
    const start = writer.length;
    writeRow(writer, columns, index);
    list.add(nodeTypes.file, columns.hashes, index * 16, writer.length - start);
  }
  const payload = encodeVNode({ hash: hashFromBytes(id), entryCount: fileCount });
  const node = assembleNode(nodeTypes.vnode, id, payload, list);
  return parseNode({ node, children: writer.copy() });
}
