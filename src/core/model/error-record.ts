/** Errors as plain records: the form in which they cross threads and in which `--json` shows them. */
import {
  AuthenticationError,
  BusyError,
  ConflictError,
  type ErrorDetails,
  type ErrorKind,
  IntegrityError,
  InterruptedError,
  InvalidInputError,
  NotFoundError,
  OperationError,
  OxenError,
  RemoteError,
  reasonCodes,
} from './errors.js';

/** An error as data. */
export interface ErrorRecord {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly hint?: string;
  readonly path?: string;
  readonly stack?: string;
  readonly code?: string | number; // of the system error that is the reason: a full disk must be told from other failures
}

const classes: Readonly<
  Record<ErrorKind, new (message: string, details: ErrorDetails) => OxenError>
> = {
  failure: OperationError,
  usage: InvalidInputError,
  'not-found': NotFoundError,
  conflict: ConflictError,
  authentication: AuthenticationError,
  remote: RemoteError,
  integrity: IntegrityError,
  busy: BusyError,
  interrupted: InterruptedError,
};

/** Returns `error` as a record; anything that is no OxenError has the kind `failure`. */
export function recordError(error: unknown): ErrorRecord {
  if (!(error instanceof Error)) return { kind: 'failure', message: String(error) };
  const [code] = reasonCodes(error);
  const rest = {
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(code === undefined ? {} : { code }),
  };
  if (!(error instanceof OxenError)) return { kind: 'failure', message: error.message, ...rest };
  return {
    kind: error.kind,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.path === undefined ? {} : { path: error.path }),
    ...rest,
  };
}

/** Returns an error of the class that belongs to the record's kind, with its message, hint, path and stack; its cause has the code. */
export function errorFromRecord(record: ErrorRecord): OxenError {
  const { kind, message, stack, code, ...details } = record;
  const cause = code === undefined ? undefined : Object.assign(new Error(message), { code });
  const error = new classes[kind](message, cause === undefined ? details : { ...details, cause });
  if (stack !== undefined) error.stack = stack;
  return error;
}
