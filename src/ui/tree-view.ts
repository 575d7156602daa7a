/** The text of `tree`: one line a node, two blanks a level. Trees come as a stream, since they may have millions of lines. */
import { type NodeForm, renderNodeLine, type ShownNode } from './shown-node.js';

/** A node at its place in the tree. */
export interface TreeEntry {
  readonly level: number; // 0 for the node at the top
  readonly node: ShownNode;
}

/** Lines that are written at once. */
const linesPerPiece = 256;

/** Returns the lines of the nodes of `entries`, parents before children, in pieces that end with a line end. */
export async function* renderTree(
  entries: Iterable<TreeEntry> | AsyncIterable<TreeEntry>,
  form: NodeForm,
): AsyncGenerator<string> {
  let lines: string[] = [];
  for await (const { level, node } of entries) {
    lines.push(`${'  '.repeat(level)}${renderNodeLine(node, form)}\n`);
    if (lines.length === linesPerPiece) {
      yield lines.join('');
      lines = [];
    }
  }
  if (lines.length > 0) yield lines.join('');
}
