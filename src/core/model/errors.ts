/**
 * Everything that can go wrong, as a closed set of kinds. A kind decides the exit code of the
 * command line and the status of the server; the message says what failed and on what, the hint what to type next.
 */

/** The kinds of failure; `exitCodes` gives each its exit code. */
export type ErrorKind =
  | 'failure'
  | 'usage'
  | 'not-found'
  | 'conflict'
  | 'authentication'
  | 'remote'
  | 'integrity'
  | 'busy'
  | 'interrupted';

/** Exit code of the process for each kind of failure (docs/design.md, command-line contract). */
export const exitCodes: Readonly<Record<ErrorKind, number>> = {
  failure: 1,
  usage: 2,
  'not-found': 3,
  conflict: 4,
  authentication: 5,
  remote: 6,
  integrity: 7,
  busy: 8,
  interrupted: 130,
};

/** What an error may carry beside its message. */
export interface ErrorDetails {
  readonly hint?: string; // the command to type next
  readonly path?: string; // the file or repository path that it is about
  readonly cause?: unknown; // the lower error it wraps
}

/** The base of every error that is meant for a user. */
export abstract class OxenError extends Error {
  abstract readonly kind: ErrorKind;
  readonly hint: string | undefined;
  readonly path: string | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.hint = details.hint;
    this.path = details.path;
  }

  /** Exit code of a process that ends with this error. */
  get exitCode(): number {
    return exitCodes[this.kind];
  }
}

/** The operation failed for a reason of the environment: disk full, no permission, an unreadable file. */
export class OperationError extends OxenError {
  readonly kind = 'failure';
}

/** The input cannot be right: a malformed name, id, flag or path. */
export class InvalidInputError extends OxenError {
  readonly kind = 'usage';
}

/** The named thing (repository, branch, commit, path) does not exist. */
export class NotFoundError extends OxenError {
  readonly kind = 'not-found';
}

/** The state forbids it: local changes in the way, a branch that moved, unresolved merge conflicts. */
export class ConflictError extends OxenError {
  readonly kind = 'conflict';
}

/** A token is missing, wrong, or does not allow the operation. */
export class AuthenticationError extends OxenError {
  readonly kind = 'authentication';
}

/** The network or the other side failed. */
export class RemoteError extends OxenError {
  readonly kind = 'remote';
}

/** Stored or received bytes are not what their hash says. */
export class IntegrityError extends OxenError {
  readonly kind = 'integrity';
}

/** Another process holds what is needed. */
export class BusyError extends OxenError {
  readonly kind = 'busy';
}

/** The user asked to stop. */
export class InterruptedError extends OxenError {
  readonly kind = 'interrupted';
}

/** Returns the `code` of a system error (`ENOENT`, `ENOSPC`, ...), or undefined when it has none. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const deepestCause = 10;

/** Returns the codes of an error and of what caused it, the outermost first: names of system errors, numbers of LMDB. */
export function reasonCodes(error: unknown): (string | number)[] {
  const codes: (string | number)[] = [];
  let cause = error;
  for (let depth = 0; depth < deepestCause && cause instanceof Error; depth++) {
    const code = 'code' in cause ? cause.code : undefined;
    if (typeof code === 'string' || typeof code === 'number') codes.push(code);
    cause = cause.cause;
  }
  return codes;
}

const systemReasons: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files in the system',
  EIO: 'input/output error',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'it is a directory',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
  ENOTEMPTY: 'the directory is not empty',
  EEXIST: 'it exists already',
};

/** Returns a short plain sentence part for a system error code, or the error's own message. */
export function describeSystemError(error: unknown): string {
  const code = systemErrorCode(error);
  if (code !== undefined && systemReasons[code] !== undefined) return systemReasons[code];
  return error instanceof Error ? error.message : String(error);
}

/** Returns `error` when it is ours, else an OperationError that says `what` failed and why. */
export function wrapSystemError(error: unknown, what: string, path?: string): OxenError {
  if (error instanceof OxenError) return error;
  return new OperationError(`${what}: ${describeSystemError(error)}.`, {
    cause: error,
    ...(path === undefined ? {} : { path }),
  });
}
