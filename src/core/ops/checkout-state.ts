/**
 * An unfinished checkout: from which commit to which. It is recorded durably before the first file is touched and forgotten
 * after HEAD was written; while it stands, paths that equal either side are no local changes.
 */
import { ConflictError, IntegrityError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import type { OpenRepository } from '../repository.js';
import type { Head } from '../store/head.js';

/** The state of a checkout. */
export interface CheckoutState {
  readonly from: CommitId | undefined; // undefined: there was no commit
  readonly to: CommitId;
  readonly fromHead: Head;
  readonly toHead: Head; // what HEAD will say
  readonly base?: CommitId; // the commit of HEAD throughout, when `from` or `to` is what a stash keeps
}

const key = 'checkout';

/** Returns the unfinished checkout, undefined when there is none. @throws IntegrityError when its record is damaged */
export function readCheckoutState({ meta }: OpenRepository): CheckoutState | undefined {
  const text = meta.getText(key);
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  if (isCheckoutState(value)) return { ...value, from: value.from };
  throw new IntegrityError('The record of the unfinished checkout is damaged.');
}

/** Records an unfinished checkout, or that there is none any more; inside a transaction. */
export function writeCheckoutState(
  { meta }: OpenRepository,
  state: CheckoutState | undefined,
): void {
  if (state === undefined) meta.remove(key);
  else meta.putText(key, JSON.stringify(state));
}

/** @throws ConflictError while a checkout is unfinished */
export function requireNoCheckout(repository: OpenRepository): void {
  const state = readCheckoutState(repository);
  if (state === undefined) return;
  throw new ConflictError('An earlier checkout was interrupted.', {
    hint: `Finish it: oxen checkout ${state.to}, or go back: oxen checkout --abort`,
  });
}

function isCheckoutState(value: unknown): value is CheckoutState {
  return (
    typeof value === 'object' &&
    value !== null &&
    'to' in value &&
    'fromHead' in value &&
    'toHead' in value
  );
}
