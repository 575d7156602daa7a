/** What the command line needs of the server: starting it with everything it takes, and adding users. */
import { randomBytes } from 'node:crypto';
import { systemClock } from '../core/model/clock.js';
import { InvalidInputError, NotFoundError } from '../core/model/errors.js';
import { readTextFile } from '../core/store/atomic-file.js';
import type { Disk } from '../core/store/disk.js';
import { ServedDirectory } from '../core/store/served-directory.js';
import { putUser, type StoredUser, writeTokenFile } from '../core/store/users-file.js';
import { AdaptiveJobs } from '../workers/adaptive.js';
import { WriterThread } from '../workers/writer-thread.js';
import type { ServerLimits } from './context.js';
import type { LogSink } from './log.js';
import { defaultLimits, OxenServer } from './server.js';
import { hashToken } from './users.js';

/** Settings of `startServer`. */
export interface StartOptions {
  readonly directory: string;
  readonly host: string;
  readonly port: number;
  readonly needsToken: boolean;
  readonly allowPlainForce: boolean;
  readonly tlsCertFile?: string | undefined;
  readonly tlsKeyFile?: string | undefined;
  readonly limits?: Partial<ServerLimits>;
  readonly threadCount?: number | undefined;
  readonly log: LogSink;
  readonly disk?: Disk; // that packs are written to; only tests give another one
}

const tokenBytes = 32;

/**
 * Starts a server that runs until `stop`.
 * @throws InvalidInputError when only one of the two TLS files is given; OperationError when it cannot listen
 */
export async function startServer(options: StartOptions): Promise<OxenServer> {
  const { tlsCertFile, tlsKeyFile, threadCount } = options;
  if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined)) {
    throw new InvalidInputError('--tls-cert and --tls-key belong together.');
  }
  const tls =
    tlsCertFile === undefined || tlsKeyFile === undefined
      ? {}
      : { tls: { cert: requireText(tlsCertFile), key: requireText(tlsKeyFile) } };
  return OxenServer.start({
    directory: options.directory,
    host: options.host,
    port: options.port,
    needsToken: options.needsToken,
    allowPlainForce: options.allowPlainForce,
    limits: { ...defaultLimits, ...options.limits },
    jobs: new AdaptiveJobs(threadCount, { helps: false }),
    writer: new WriterThread(),
    clock: systemClock,
    log: options.log,
    disk: options.disk,
    ...tls,
  });
}

/** A user to be added. */
export interface NewUser extends Omit<StoredUser, 'tokenHash'> {
  readonly directory: string; // that is served
  readonly outputFile: string; // where their configuration is written
  readonly host: string; // under which clients reach the server, with the port
}

/** Adds a user with a new token, which is returned and written to a file, and kept nowhere else. */
export function addUser(user: NewUser): string {
  const token = `oxen_${randomBytes(tokenBytes).toString('base64url')}`;
  const { name, email, rights, namespaces } = user;
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) {
    throw new InvalidInputError(`'${email}' is not an email address.`);
  }
  const served = new ServedDirectory(user.directory);
  const stored = { name, email, rights, namespaces, tokenHash: hashToken(token) };
  putUser(served.serverDirectory, stored);
  writeTokenFile(user.outputFile, user.host, token);
  return token;
}

function requireText(path: string): string {
  const text = readTextFile(path);
  if (text === undefined) throw new NotFoundError(`The file ${path} does not exist.`, { path });
  return text;
}
