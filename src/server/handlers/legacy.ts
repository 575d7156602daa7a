/** The REST interface of 2022 as a thin adapter: repositories without a namespace are those of the namespace `default`. */

import { hashBytes } from '../../core/format/hashing.js';
import { walkCommits } from '../../core/history/ancestry.js';
import { InvalidInputError } from '../../core/model/errors.js';
import { readEntry } from '../../core/ops/read-entries.js';
import { isServedName } from '../../core/store/served-directory.js';
import { encodeCommitsAnswer } from '../../core/wire/messages/commits.js';
import { bodyTooLarge, missingRepository } from '../../core/wire/messages/failures.js';
import {
  decodeLegacyRepository,
  encodeLegacyEntry,
  encodeLegacyRepositories,
  encodeLegacyRepository,
  invalidLegacyBody,
  legacyDataType,
} from '../../core/wire/messages/legacy.js';
import { encodeParts } from '../../core/wire/percent.js';
import { parseLegacyEntryQuery } from '../../core/wire/query.js';
import { FailureError, type Handlers, json } from '../exchange.js';
import { sendFile } from './content.js';
import { commitInto } from './first-files.js';

/** The namespace of repositories that were made without one. */
export const legacyNamespace = 'default';

/** The largest file that this interface takes, in bytes: it is held in memory. */
const maxEntryBytes = 64 * 1024 * 1024;

/** Handlers of the routes of family `legacy`. */
export const legacyHandlers: Handlers<
  | 'listLegacyRepositories'
  | 'createLegacyRepository'
  | 'showLegacyRepository'
  | 'listLegacyCommits'
  | 'addLegacyEntry'
  | 'readLegacyFile'
> = {
  listLegacyRepositories: ({ server }) =>
    json(encodeLegacyRepositories(server.directory.repositories(legacyNamespace))),
  createLegacyRepository: async (exchange) => {
    const name = readName(await exchange.text());
    if (name === undefined || !isServedName(name)) return json(invalidLegacyBody);
    await exchange.server.repositories.create({ namespace: legacyNamespace, repository: name });
    return json(encodeLegacyRepository('resource_created', name));
  },
  showLegacyRepository: ({ server, parameters: { repository } }) => {
    if (server.directory.find(legacyNamespace, repository) === undefined) {
      throw new FailureError(missingRepository(legacyNamespace, repository));
    }
    return json(encodeLegacyRepository('resource_found', repository));
  },
  listLegacyCommits: ({ server, parameters: { repository } }) =>
    server.repositories.use({ namespace: legacyNamespace, repository }, ({ stores }) => {
      const heads = stores.refs.listAll('heads/').map(({ commitId }) => commitId);
      return json(encodeCommitsAnswer([...walkCommits(stores, heads)]));
    }),
  addLegacyEntry: async (exchange) => {
    const { server, parameters, query, user } = exchange;
    const { path, hash: expected } = parseLegacyEntryQuery(query);
    const name = { namespace: legacyNamespace, repository: parameters.repository };
    if (server.directory.find(name.namespace, name.repository) === undefined) {
      throw new InvalidInputError(`There is no repository '${name.repository}'.`);
    }
    const content = await gather(exchange.body());
    const hash = hashBytes(content);
    if (expected !== '' && expected !== hash) {
      throw new InvalidInputError(`The content has the hash ${hash}, not ${expected}.`);
    }
    const author = { name: user?.name ?? 'oxen', email: user?.email ?? 'oxen@localhost' };
    const commit = await commitInto(server, name, [{ path, content }], author, `Add ${path}`);
    const dataType = await server.repositories.use(name, ({ stores }) => {
      const rootId = stores.commitTree(commit.id)?.rootId;
      return rootId === undefined ? undefined : readEntry(stores, rootId, path)?.dataType;
    });
    return json(
      encodeLegacyEntry({
        id: commit.id,
        dataType: legacyDataType(dataType ?? 'binary'),
        url: `/repositories/${name.repository}/${encodeParts(path.split('/'))}`,
        filename: path,
        hash,
      }),
    );
  },
  readLegacyFile: ({ server, parameters: { repository, path } }) =>
    sendFile({
      server,
      parameters: {
        namespace: legacyNamespace,
        repository,
        resource: { parts: ['main', ...path.split('/')] },
      },
    }),
};

async function gather(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > maxEntryBytes) throw new FailureError(bodyTooLarge(maxEntryBytes));
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function readName(body: string): string | undefined {
  try {
    return decodeLegacyRepository(body);
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}
