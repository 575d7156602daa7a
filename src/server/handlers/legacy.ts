/** The REST interface of 2022 as a thin adapter: repositories without a namespace are those of the namespace `default`. */

import { walkCommits } from '../../core/history/ancestry.js';
import { InvalidInputError } from '../../core/model/errors.js';
import { isServedName } from '../../core/store/served-directory.js';
import { encodeCommitsAnswer } from '../../core/wire/messages/commits.js';
import { missingRepository, notImplemented } from '../../core/wire/messages/failures.js';
import {
  decodeLegacyRepository,
  encodeLegacyRepositories,
  encodeLegacyRepository,
  invalidLegacyBody,
} from '../../core/wire/messages/legacy.js';
import { FailureError, fail, type Handlers, json } from '../exchange.js';
import { sendFile } from './content.js';

/** The namespace of repositories that were made without one. */
export const legacyNamespace = 'default';

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
  addLegacyEntry: () => fail(notImplemented('Files cannot be added one by one yet.')),
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

function readName(body: string): string | undefined {
  try {
    return decodeLegacyRepository(body);
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}
