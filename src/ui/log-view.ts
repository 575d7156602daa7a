/** The text of `log`, as Oxen 0.65 prints it, or one line a commit; with a graph beside it when that is asked for. */
import type { CommitId } from '../core/model/hash.js';
import type { CommitNode } from '../core/model/node.js';
import type { Paint } from './colour.js';
import { CommitGraph, type GraphRows } from './commit-graph.js';
import { showText } from './shown-text.js';
import { formatDate } from './units.js';

/** Commits as they come; those of a long history are not all held. */
export type CommitStream = Iterable<CommitNode> | AsyncIterable<CommitNode>;

/** How commits are shown. */
export interface LogStyle {
  readonly isShort: boolean; // one line a commit
  readonly hasGraph: boolean;
  readonly names: ReadonlyMap<CommitId, readonly string[]>; // shown behind the id in the short form
}

/** Yields the text of the log, commit by commit; as in the original one more empty line ends the long form. */
export async function* renderLog(
  commits: CommitStream,
  { isShort, hasGraph, names }: LogStyle,
  paint: Paint,
): AsyncGenerator<string> {
  const graph = hasGraph ? new CommitGraph() : undefined;
  for await (const commit of commits) {
    const text = isShort
      ? renderLine(commit, names.get(commit.id) ?? [], paint)
      : renderCommit(commit, paint);
    yield graph === undefined ? text : besideGraph(text, graph.draw(commit));
  }
  if (!isShort) yield '\n';
}

function renderLine({ id, message }: CommitNode, names: readonly string[], paint: Paint): string {
  const shown = names.length === 0 ? '' : ` ${paint('boldCyan', `(${names.join(', ')})`)}`;
  return `${paint('yellow', id.slice(0, 10))}${shown} ${showText(message.split('\n')[0] ?? '')}\n`;
}

/** Returns the lines of one commit; they end with an empty line. */
export function renderCommit({ id, author, timestamp, message }: CommitNode, paint: Paint): string {
  const indented = showText(message)
    .split('\n')
    .map((line) => (line === '' ? '' : `    ${line}`));
  return [
    paint('yellow', `commit ${id}`),
    '',
    `Author: ${showText(author)}`,
    `Date:   ${formatDate(timestamp)}`,
    '',
    ...indented,
    '',
    '',
  ].join('\n');
}

function besideGraph(text: string, { first, turns, rest }: GraphRows): string {
  const lines = text.split('\n').slice(0, -1);
  const count = Math.max(lines.length, turns.length + 1);
  const rows = [first, ...turns];
  return Array.from({ length: count }, (_, index) =>
    `${rows[index] ?? rest}${lines[index] ?? ''}`.trimEnd().concat('\n'),
  ).join('');
}
