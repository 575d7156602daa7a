/** What goes wrong inside LMDB, in our words. lmdb-js gives errors a numeric `code`: an errno or one of LMDB's own. */
import { statfsSync } from 'node:fs';
import {
  BusyError,
  describeSystemError,
  IntegrityError,
  OperationError,
  OxenError,
} from '../model/errors.js';

/** Not found inside a page, corrupted, panic, invalid, incompatible, bad transaction, bad value size, bad database, problem. */
const corruptionCodes: ReadonlySet<number> = new Set([
  -30797, -30796, -30795, -30793, -30784, -30782, -30781, -30780, -30779,
]);
const mapFull = -30792;
const readersFull = -30790;
const ioError = 5;
const littleSpaceBytes = 16 * 1024 * 1024;

const reasons: Readonly<Record<number, string>> = {
  1: 'operation not permitted',
  5: 'input/output error',
  13: 'permission denied',
  24: 'too many open files',
  28: 'no space left on the device',
  30: 'the file system is read-only',
  122: 'the disk quota is used up',
};

/**
 * Returns an OxenError for what lmdb-js threw; errors that are ours already are returned as they are.
 * @param action what failed, as a sentence start: `The database cannot be opened`
 * @param path the directory of the environment
 */
export function describeDatabaseError(error: unknown, action: string, path: string): OxenError {
  if (error instanceof OxenError) return error;
  const details = { cause: error, path };
  const code = numericCode(error);
  if (code !== undefined && corruptionCodes.has(code)) {
    return new IntegrityError(`${action}: the file ${path} is damaged.`, {
      ...details,
      hint: 'oxen fsck --rebuild-index',
    });
  }
  if (code === mapFull) {
    return new OperationError(`${action}: no more address space for ${path}.`, details);
  }
  if (code === readersFull) {
    return new BusyError(`${action}: too many processes read ${path} at once.`, details);
  }
  // LMDB reports a short write as an input/output error; on a full disk that is what it is.
  const isFull = code === ioError && hasLittleSpace(path);
  const reason = code === undefined ? undefined : reasons[isFull ? 28 : code];
  return new OperationError(`${action}: ${reason ?? describeSystemError(error)} (${path}).`, {
    cause: isFull ? Object.assign(new Error(reason, { cause: error }), { code: 'ENOSPC' }) : error,
    path,
  });
}

const deniedCodes: ReadonlySet<unknown> = new Set([1, 13, 30, 'EPERM', 'EACCES', 'EROFS']);

/** Says whether a database could not be opened because this user, or anybody, may not write it. */
export function isWritingDenied(error: unknown): boolean {
  if (!(error instanceof OperationError)) return false;
  const { cause } = error;
  return (
    typeof cause === 'object' && cause !== null && 'code' in cause && deniedCodes.has(cause.code)
  );
}

const badTransaction = -30782;

/** Says whether LMDB refused to commit a transaction and took it back whole. */
export function isRefusedCommit(error: unknown): boolean {
  return numericCode(error) === badTransaction;
}

/** Says whether an error came from LMDB; others are mistakes of ours or OxenErrors. */
export function isDatabaseError(error: unknown): boolean {
  return numericCode(error) !== undefined;
}

function numericCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
}

function hasLittleSpace(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize < littleSpaceBytes;
  } catch {
    return false;
  }
}
