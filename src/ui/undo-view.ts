/** The text of `undo`: what was taken back, and the list of what can be. */
import type { LoggedOperation, UndoResult } from '../index.js';
import type { Paint } from './colour.js';
import { showText } from './shown-text.js';
import { formatTimestamp } from './units.js';

const shortIdDigits = 10;

type MovedRef = LoggedOperation['refs'][number];
type Head = UndoResult['head'];

/** Returns one line an operation: its number, when, what, and what moved from where to where. */
export function renderOperations(operations: readonly LoggedOperation[], paint: Paint): string {
  const width = Math.max(0, ...operations.map(({ id }) => String(id).length));
  return operations
    .map((operation) => {
      const { id, timestamp } = operation;
      const number = paint('yellow', String(id).padStart(width));
      const time = formatTimestamp({ ...timestamp, nanoseconds: 0 }).replace(/\.0 .*$/, '');
      const moves = describeMoves(operation).join(', ');
      return `${number}  ${time}  ${describeOperation(operation)}  ${paint('dim', `(${moves})`)}\n`;
    })
    .join('');
}

/** Returns the lines that say what an undo did and where HEAD is now. */
export function renderUndo({ undone, head, headId }: UndoResult): string {
  const place = head.kind === 'branch' ? head.branch : 'detached';
  return (
    `Undid: ${describeOperation(undone)}\n` +
    `HEAD is now at ${headId ?? 'no commit'} (${place})\n` +
    'To take this back: oxen undo\n'
  );
}

function describeOperation({ verb, summary }: LoggedOperation): string {
  return `${verb} ${showText(summary)}`;
}

function describeMoves({ refs, head }: LoggedOperation): string[] {
  const moves = refs.map(describeRef);
  if (head === undefined) return moves;
  return [...moves, `HEAD: ${shortHead(head.before)} -> ${shortHead(head.after)}`];
}

function describeRef({ name, before, after }: MovedRef): string {
  const short = name.replace(/^heads\//, '').replace(/^tags\//, 'tag ');
  if (before === null) return `${short} made at ${shortId(after)}`;
  if (after === null) return `${short} removed, was ${shortId(before)}`;
  return `${short}: ${shortId(before)} -> ${shortId(after)}`;
}

function shortHead(head: Head): string {
  return head.kind === 'branch' ? head.branch : shortId(head.commitId);
}

function shortId(id: string | null): string {
  return (id ?? '').slice(0, shortIdDigits);
}
