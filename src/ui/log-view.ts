/** The text of `log`, as Oxen 0.65 prints it. */
import type { CommitNode } from '../core/model/node.js';
import type { Paint } from './colour.js';
import { showText } from './shown-text.js';
import { formatDate } from './units.js';

/** Returns the lines of one commit; they end with an empty line. The whole log ends with one more. */
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
