/** The format version of a repository, in the database `meta` (docs/format.md): newer ones are refused, older ones brought up to date. */
import { OperationError } from '../model/errors.js';
import type { CheckedDatabase } from './checked-database.js';
import type { DatabaseName } from './named-databases.js';

/** The format version that this program writes. */
export const formatVersion = 1;

/** What a migration may change. */
export interface MigratedDatabases {
  database(name: DatabaseName): CheckedDatabase;
}

/** Changes the databases from one format version to the next, inside the transaction that opens them. */
export type Migration = (databases: MigratedDatabases) => void;

/** Which format versions can be opened. */
export interface FormatRules {
  readonly version: number;
  readonly migrations: ReadonlyMap<number, Migration>; // by the version they start from
}

/** The versions that this program knows. */
export const currentFormat: FormatRules = { version: formatVersion, migrations: new Map() };

const formatKey = Buffer.from('format');

/** Returns the version that is recorded, undefined when the repository was never completed. */
export function readFormatVersion(meta: CheckedDatabase): number | undefined {
  const value = meta.get(formatKey);
  return value === undefined ? undefined : Buffer.from(value).readUInt32LE(0);
}

/** @throws OperationError when the recorded version is newer than `format` @param path of the environment, for the message */
export function refuseNewerFormat(meta: CheckedDatabase, format: FormatRules, path: string): void {
  const version = readFormatVersion(meta);
  if (version === undefined || version <= format.version) return;
  throw new OperationError(
    `The repository has format ${version}; this program reads formats up to ${format.version} (${path}).`,
    { path, hint: 'install a newer version of oxen' },
  );
}

/**
 * Brings the databases up to date and records the version; only inside a transaction.
 * @param path of the environment, for messages
 * @throws OperationError when there is no migration from the recorded version
 */
export function migrateFormat(
  databases: MigratedDatabases,
  format: FormatRules,
  path: string,
): void {
  const meta = databases.database('meta');
  // Another process may have migrated while this one waited for the writer lock.
  let version = readFormatVersion(meta) ?? format.version;
  for (; version < format.version; version++) {
    const migration = format.migrations.get(version);
    if (migration === undefined) {
      throw new OperationError(`Format ${version} of ${path} is no longer supported.`);
    }
    migration(databases);
  }
  const value = Buffer.alloc(4);
  value.writeUInt32LE(version);
  meta.put(formatKey, value);
}
