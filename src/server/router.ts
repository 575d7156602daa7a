/** The way from a request line to its handler: version gate, route, rights. */

import { isOutdatedAgent } from '../core/wire/headers.js';
import { matchRoute, type RouteRequest } from '../core/wire/match-route.js';
import {
  badRequest,
  forbidden,
  notFound,
  unauthenticated,
  updateRequired,
} from '../core/wire/messages/failures.js';
import { type RouteName, routes } from '../core/wire/routes.js';
import {
  type Exchange,
  FailureError,
  fail,
  type Handler,
  type Handlers,
  type Reply,
} from './exchange.js';
import { branchHandlers } from './handlers/branches.js';
import { commitHandlers } from './handlers/commits.js';
import { contentHandlers } from './handlers/content.js';
import { fastFetchHandlers } from './handlers/fast-fetch.js';
import { fastPushHandlers } from './handlers/fast-push.js';
import { legacyHandlers, legacyNamespace } from './handlers/legacy.js';
import { repositoryHandlers } from './handlers/repositories.js';
import { serviceHandlers } from './handlers/service.js';
import { treeHandlers } from './handlers/tree.js';
import { versionHandlers } from './handlers/versions.js';
import { isAllowed, type User, type UserTable } from './users.js';

const handlers: Handlers<RouteName> = {
  ...serviceHandlers,
  ...repositoryHandlers,
  ...branchHandlers,
  ...commitHandlers,
  ...treeHandlers,
  ...versionHandlers,
  ...contentHandlers,
  ...fastPushHandlers,
  ...fastFetchHandlers,
  ...legacyHandlers,
};

/** A request that may be answered. */
export interface RoutedRequest {
  readonly route: RouteName;
  readonly user: User | undefined;
  /** Answers it. */
  answer(exchange: Omit<Exchange, 'parameters' | 'query' | 'user'>): Promise<Reply>;
}

/** What decides about a request before its body is read. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly userAgent: string | undefined;
  readonly authorization: string | undefined;
}

/**
 * Returns the request to answer.
 * @param users who may do what; undefined: everybody may do everything
 * @throws FailureError when there is no such route, the client is too old, or the sender may not do this
 */
export function routeRequest(head: RequestHead, users: UserTable | undefined): RoutedRequest {
  const match = matchRoute(head.method, head.target);
  if (match.kind === 'refused') throw new FailureError(badRequest(match.detail));
  if (match.kind === 'unknown') throw new FailureError(notFound);
  const { request } = match;
  const { family } = routes[request.route];
  if (family !== 'service' && family !== 'legacy' && !isHook(request.route)) {
    if (isOutdatedAgent(head.userAgent)) throw new FailureError(updateRequired);
  }
  const user = authorise(request, head.authorization, users);
  return {
    route: request.route,
    user,
    answer: async (exchange) => {
      const handler = handlerOf(request.route);
      if (handler === undefined) return fail(notFound);
      const { parameters, query } = request;
      return handler({ ...exchange, parameters, query, user } as Exchange<never>);
    },
  };
}

function authorise(
  request: RouteRequest,
  authorization: string | undefined,
  users: UserTable | undefined,
): User | undefined {
  const { access } = routes[request.route];
  if (users === undefined) return undefined;
  const user = users.identify(authorization);
  if (access === 'public') return user;
  if (user === undefined) throw new FailureError(unauthenticated);
  if (!isAllowed(user, access, namespaceOf(request))) throw new FailureError(forbidden);
  return user;
}

function namespaceOf({ route, parameters }: RouteRequest): string | undefined {
  if (routes[route].family === 'legacy') return legacyNamespace;
  return 'namespace' in parameters ? parameters.namespace : undefined;
}

function isHook(route: RouteName): boolean {
  return route === 'startAction' || route === 'completeAction';
}

function handlerOf(route: RouteName): Handler<never> | undefined {
  return (handlers as Partial<Record<RouteName, unknown>>)[route] as Handler<never> | undefined;
}
