/** Answers about the server itself. */
import { isServedName } from '../../core/store/served-directory.js';
import { missing } from '../../core/wire/messages/failures.js';
import {
  encodeHealth,
  encodeMinVersion,
  encodeNamespace,
  encodeNamespaces,
  encodeServerVersion,
} from '../../core/wire/messages/service.js';
import { FailureError, type Handlers, json } from '../exchange.js';
import { isAllowed } from '../users.js';

const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/** Handlers of the routes of family `service`. */
export const serviceHandlers: Handlers<
  | 'showVersion'
  | 'showMinVersion'
  | 'showHealth'
  | 'showMetrics'
  | 'listNamespaces'
  | 'showNamespace'
> = {
  showVersion: () => json(encodeServerVersion()),
  showMinVersion: () => json(encodeMinVersion()),
  showHealth: async ({ server }) => json(encodeHealth(await server.directory.diskUsage())),
  showMetrics: async ({ server }) => {
    const { freeBytes } = await server.directory.diskUsage();
    const { user, system } = process.cpuUsage();
    const body = server.metrics.render({
      openRepositories: server.repositories.openCount,
      openUploads: server.uploads.size,
      residentBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
      diskFreeBytes: freeBytes,
      uptimeSeconds: process.uptime(),
    });
    return { kind: 'text', status: 200, type: metricsType, body };
  },
  listNamespaces: ({ server, user }) => {
    const names = server.directory.namespaces();
    const visible = names.filter((name) => user === undefined || isAllowed(user, 'read', name));
    return json(encodeNamespaces(visible));
  },
  showNamespace: ({ server, parameters: { namespace } }) => {
    const isThere = isServedName(namespace) && server.directory.namespaces().includes(namespace);
    if (!isThere) {
      throw new FailureError(missing('Namespace does not exist', `No namespace '${namespace}'`));
    }
    return json(encodeNamespace(namespace, 0));
  },
};
