/**
 * Names of commits as users type them: `HEAD`, a branch, a tag, an id or the unique start of one, each with
 * any number of `~n` and `^n` behind it. Ranges are split by `parseRange`.
 */
import { InvalidInputError, NotFoundError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import type { CommitSource } from './ancestry.js';

/** Fewest digits of an id that are taken for an abbreviation. */
export const minIdDigits = 4;

/** What a revision is resolved against. */
export interface RevisionContext extends CommitSource {
  /** Returns the commit of HEAD, undefined before the first commit. */
  head(): CommitId | undefined;
  /** Returns the commit of a reference such as `heads/main`, undefined when there is none. */
  reference(name: string): CommitId | undefined;
  /** Returns up to `limit` ids of stored commits whose text starts with `digits`. */
  commitsStartingWith(digits: string, limit: number): readonly CommitId[];
}

/**
 * Returns the commit that `text` names.
 * @throws NotFoundError when nothing has that name; InvalidInputError when an abbreviated id fits several commits
 */
export function resolveRevision(context: RevisionContext, text: string): CommitId {
  const suffixStart = text.search(/[~^]/);
  const name = suffixStart < 0 ? text : text.slice(0, suffixStart);
  let id = resolveName(context, name);
  if (suffixStart < 0) return id;
  for (const step of parseSteps(text, text.slice(suffixStart))) {
    id = followStep(context, id, step, text);
  }
  return id;
}

/** Splits `A..B` into its ends, an empty end meaning HEAD; undefined when `text` is no range. */
export function parseRange(text: string): { from: string; to: string } | undefined {
  const dots = text.indexOf('..');
  if (dots < 0) return undefined;
  return { from: text.slice(0, dots) || 'HEAD', to: text.slice(dots + 2) || 'HEAD' };
}

interface Step {
  readonly kind: 'ancestor' | 'parent';
  readonly count: number;
}

function parseSteps(text: string, suffix: string): Step[] {
  if (!/^(?:[~^]\d*)+$/.test(suffix)) {
    throw new InvalidInputError(
      `'${text}' is not a revision: after ~ and ^ only numbers may stand.`,
    );
  }
  return [...suffix.matchAll(/([~^])(\d*)/g)].map(([, sign, digits]) => ({
    kind: sign === '~' ? 'ancestor' : 'parent',
    count: digits === '' || digits === undefined ? 1 : Number(digits),
  }));
}

function followStep(context: CommitSource, start: CommitId, step: Step, text: string): CommitId {
  if (step.kind === 'parent') {
    return step.count === 0 ? start : parentOf(context, start, step.count - 1, text);
  }
  let id = start;
  for (let index = 0; index < step.count; index++) id = parentOf(context, id, 0, text);
  return id;
}

function parentOf(context: CommitSource, id: CommitId, index: number, text: string): CommitId {
  const parent = context.commit(id)?.parentIds[index];
  if (parent === undefined) {
    throw new NotFoundError(`Revision not found: ${text}`, {
      hint: 'The history does not go back that far: oxen log',
    });
  }
  return parent;
}

function resolveName(context: RevisionContext, name: string): CommitId {
  if (name === 'HEAD' || name === '@') {
    const head = context.head();
    if (head !== undefined) return head;
    throw new NotFoundError('HEAD not found.', {
      hint: 'There is no commit yet: oxen add . && oxen commit -m "message"',
    });
  }
  for (const prefix of ['heads/', 'tags/', 'remotes/', '']) {
    const id = context.reference(prefix + name);
    if (id !== undefined) return id;
  }
  const id = resolveId(context, name);
  if (id !== undefined) return id;
  throw new NotFoundError(`Revision not found: ${name}`, {
    hint: `If it is a branch of a remote, fetch it first: oxen fetch -b ${name}`,
  });
}

function resolveId(context: RevisionContext, name: string): CommitId | undefined {
  const digits = name.toLowerCase();
  if (!/^[0-9a-f]{1,32}$/.test(digits)) return undefined;
  if (context.commit(digits as CommitId) !== undefined) return digits as CommitId;
  if (digits.length < minIdDigits) return undefined;
  const found = context.commitsStartingWith(digits, 2);
  if (found.length > 1) {
    throw new InvalidInputError(`The abbreviated id '${name}' fits more than one commit.`, {
      hint: `Type more of its digits: ${found.map((id) => id.slice(0, name.length + 4)).join(', ')}`,
    });
  }
  return found[0];
}
