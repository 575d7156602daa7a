/**
 * Builds request targets for our client from the same table by which the server matches them. Each part is encoded by
 * itself; branch names keep their slashes and pluses, because the stock server leaves `%2F` and `%2B` as they are there.
 */
import type { RouteParameters } from './match-route.js';
import {
  type CommitRange,
  type ParameterName,
  parseParameter,
  type ResourceTail,
} from './parameters.js';
import { encodePart, encodeParts } from './percent.js';
import { formatQuery, type QueryFields } from './query.js';
import { type RouteName, routes } from './routes.js';

/**
 * Returns path and query of a request.
 * @throws InvalidInputError when a parameter holds what no server of ours would accept
 */
export function buildTarget<Name extends RouteName>(
  name: Name,
  parameters: RouteParameters<Name>,
  query: QueryFields = {},
): string {
  const values = parameters as Readonly<Record<string, unknown>>;
  const path = routes[name].path.replace(/:([a-z]+)\*?/g, (_, key: string) => {
    const raw = encodeParameter(key as ParameterName, values[key]);
    parseParameter(key as ParameterName, raw);
    return raw;
  });
  return path + formatQuery(query);
}

function encodeParameter(name: ParameterName, value: unknown): string {
  switch (name) {
    case 'branch':
    case 'revision':
      return encodeParts(String(value).split('/')).replaceAll('%2B', '+');
    case 'path':
      return encodeParts(String(value).split('/'));
    case 'resource':
      return encodeParts((value as ResourceTail).parts);
    case 'range':
      return encodeRange(value as CommitRange);
    default:
      return encodePart(String(value));
  }
}

function encodeRange(range: CommitRange): string {
  const base = range.base === undefined ? '' : `${encodePart(range.base)}..`;
  return base + encodePart(range.head);
}
