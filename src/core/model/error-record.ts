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
} from './errors.js';

/** An error as data. */
export interface ErrorRecord {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly hint?: string;
  readonly path?: string;
  readonly stack?: string;
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
  const stack = error.stack === undefined ? {} : { stack: error.stack };
  if (!(error instanceof OxenError)) return { kind: 'failure', message: error.message, ...stack };
  return {
    kind: error.kind,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.path === undefined ? {} : { path: error.path }),
    ...stack,
  };
}

/** Returns an error of the class that belongs to the record's kind, with its message, hint, path and stack. */
export function errorFromRecord(record: ErrorRecord): OxenError {
  const { kind, message, stack, ...details } = record;
  const error = new classes[kind](message, details);
  if (stack !== undefined) error.stack = stack;
  return error;
}
