/** Reads every entry of the databases and checks its checksum: about a microsecond each. Part of `fsck`. */
import { IntegrityError, OxenError } from '../model/errors.js';
import { type CheckedDatabase, showKey } from './checked-database.js';
import type { StoreEnvironment } from './environment.js';
import { type DatabaseName, databaseNames } from './named-databases.js';

/** What was read and what is damaged. */
export interface DatabaseReport {
  readonly entryCount: number;
  readonly problems: readonly { readonly database: DatabaseName; readonly message: string }[];
}

/** Checks all entries. Call `checkDatabaseFile` before the environment is opened: damaged pages could crash the process. */
export function verifyDatabases(environment: StoreEnvironment): DatabaseReport {
  const problems: { database: DatabaseName; message: string }[] = [];
  let entryCount = 0;
  for (const name of databaseNames) {
    const database = environment.database(name);
    const before = entryCount;
    const message = problemOf(() => {
      for (const key of database.keys()) {
        entryCount++;
        const problem = problemOf(() => requireValue(database, key));
        if (problem !== undefined) problems.push({ database: name, message: problem });
      }
    });
    if (message !== undefined) problems.push({ database: name, message });
    // Pages that hang at the wrong place hide entries without damaging one.
    const missing = database.count() - (entryCount - before);
    if (missing !== 0) {
      const message = `The database ${name} lists ${Math.abs(missing)} entries ${missing > 0 ? 'too few' : 'too many'}.`;
      problems.push({ database: name, message });
    }
  }
  return { entryCount, problems };
}

function requireValue(database: CheckedDatabase, key: Uint8Array): void {
  if (database.peek(key) !== undefined) return;
  throw new IntegrityError(
    `The entry ${showKey(key)} of database ${database.name} cannot be found by its key.`,
  );
}

function problemOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof OxenError) return error.message;
    throw error;
  }
}
