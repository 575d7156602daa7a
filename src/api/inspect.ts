/** Databases as text: what `oxen inspect` prints. */
import { dirname, resolve } from 'node:path';
import { InvalidInputError } from '../core/model/errors.js';
import { StoreEnvironment } from '../core/store/environment.js';
import { inspectDatabase, listDatabases } from '../core/store/inspect.js';
import { type DatabaseName, databaseNames } from '../core/store/named-databases.js';

/**
 * Yields the lines of a database, or of the list of databases.
 * @param path the directory of the environment, `.oxen/db`
 * @throws NotFoundError when there is none; InvalidInputError for an unknown name; OperationError when it is foreign
 */
export async function* inspectPath(path: string, name?: string): AsyncGenerator<string> {
  const environment = await StoreEnvironment.open(dirname(resolve(path)), { readOnly: true });
  try {
    if (name === undefined) {
      for (const database of listDatabases(environment))
        yield `${database.name}\t${database.count}`;
      return;
    }
    if (!isDatabaseName(name)) {
      throw new InvalidInputError(`There is no database '${name}'.`, {
        hint: `The names are: ${databaseNames.join(', ')}`,
      });
    }
    yield* inspectDatabase(environment, name);
  } finally {
    await environment.close();
  }
}

function isDatabaseName(name: string): name is DatabaseName {
  return databaseNames.some((known) => known === name);
}
