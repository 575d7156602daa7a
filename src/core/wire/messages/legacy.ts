/** Messages of the REST interface of 2022, which knew repositories without namespaces. */
import { encodeSuccess, type JsonObject } from './envelope.js';
import { parseJson, record, text } from './json-shape.js';

/** A file that was uploaded to a repository. */
export interface LegacyEntry {
  readonly id: string;
  readonly dataType: 'image' | 'text' | 'binary';
  readonly url: string;
  readonly filename: string;
  readonly hash: string;
}

const newRepository = record({ name: text(1000) });

/** The answer to a body that cannot be read; it came with status 200. */
export const invalidLegacyBody = JSON.stringify({
  status: 'error',
  status_message: 'Invalid body.',
});

/** Returns the answer with all repositories. */
export function encodeLegacyRepositories(names: readonly string[]): string {
  return encodeSuccess('resource_found', { repositories: names.map((name) => ({ name })) });
}

/** Returns the answer with one repository. */
export function encodeLegacyRepository(
  token: 'resource_found' | 'resource_created',
  name: string,
): string {
  return encodeSuccess(token, { repository: { name } });
}

/** Returns the name of the repository to make. @throws InvalidInputError when the body is malformed */
export function decodeLegacyRepository(body: string): string {
  return parseJson('The request', body, newRepository).name;
}

/** Returns the answer with the entry that was made. */
export function encodeLegacyEntry(entry: LegacyEntry): string {
  return encodeSuccess('resource_created', { entry: entryToJson(entry) });
}

/** Returns the data type that answers of 2022 give to one of today. */
export function legacyDataType(dataType: string): LegacyEntry['dataType'] {
  return dataType === 'image' || dataType === 'text' ? dataType : 'binary';
}

function entryToJson(entry: LegacyEntry): JsonObject {
  return {
    id: entry.id,
    data_type: entry.dataType,
    url: entry.url,
    filename: entry.filename,
    hash: entry.hash,
  };
}
