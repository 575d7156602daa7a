/** The text of `log`, as Oxen 0.65 prints it. */
import type { CommitNode } from '../core/model/node.js';
import type { Paint } from './colour.js';
import { showText } from './shown-text.js';
import { formatDate } from './units.js';

/** Returns the text of the log, commit by commit; as in the original one more empty line ends it. */
export function* renderLog(commits: Iterable<CommitNode>, paint: Paint): Generator<string> {
  for (const commit of commits) yield renderCommit(commit, paint);
  yield '\n';
}

/** Returns one line a commit: the start of its id and of its message. */
export function* renderShortLog(commits: Iterable<CommitNode>, paint: Paint): Generator<string> {
  for (const { id, message } of commits) {
    yield `${paint('yellow', id.slice(0, 10))} ${showText(message.split('\n')[0] ?? '')}\n`;
  }
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
