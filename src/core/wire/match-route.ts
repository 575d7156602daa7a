/**
 * Finds the route of a request: the server's router without a socket. A request is matched on the path as it was sent;
 * only then is each parameter decoded, once, and checked (`parameters`).
 */
import { InvalidInputError } from '../model/errors.js';
import { type ParameterName, type Parameters, parseParameter } from './parameters.js';
import { type RouteName, routes } from './routes.js';

type NameOf<Part extends string> = Part extends `:${infer Name}*`
  ? Name
  : Part extends `:${infer Name}`
    ? Name
    : never;

type NamesIn<Path extends string> = Path extends `${infer Head}/${infer Tail}`
  ? NameOf<Head> | NamesIn<Tail>
  : NameOf<Path>;

/** The parameters of the route called `Name`. */
export type RouteParameters<Name extends RouteName> = Parameters<
  NamesIn<(typeof routes)[Name]['path']> & ParameterName
>;

/** A request that has a route: the union over all routes, told apart by `route`. */
export type RouteRequest = {
  readonly [Name in RouteName]: {
    readonly route: Name;
    readonly parameters: RouteParameters<Name>;
    readonly query: string; // behind the question mark, still encoded
  };
}[RouteName];

/** The outcome of matching: a request, a parameter that is refused (400), or no such route (404). */
export type RouteMatch =
  | { readonly kind: 'found'; readonly request: RouteRequest }
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'unknown' };

interface CompiledRoute {
  readonly name: RouteName;
  readonly expression: RegExp;
  readonly parameters: readonly ParameterName[];
}

const unknown: RouteMatch = { kind: 'unknown' };
const compiledByMethod = compileRoutes();

/**
 * Returns what the request line asks for.
 * @param method as it was sent, in capitals
 * @param target path and query as they were sent; a scheme and host in front are ignored
 */
export function matchRoute(method: string, target: string): RouteMatch {
  const { path, query } = splitTarget(target);
  for (const route of compiledByMethod.get(method) ?? []) {
    const values = route.expression.exec(path);
    if (values !== null) return toRequest(route, values, query);
  }
  return unknown;
}

function toRequest(route: CompiledRoute, values: readonly string[], query: string): RouteMatch {
  try {
    const parameters = Object.fromEntries(
      route.parameters.map((name, index) => [name, parseParameter(name, values[index + 1] ?? '')]),
    );
    return { kind: 'found', request: { route: route.name, parameters, query } as RouteRequest };
  } catch (error) {
    if (error instanceof InvalidInputError) return { kind: 'refused', detail: error.message };
    throw error;
  }
}

function splitTarget(target: string): { path: string; query: string } {
  const withoutHost = target.replace(/^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/?#]*/, '');
  const withoutFragment = withoutHost.replace(/#.*$/s, '');
  const mark = withoutFragment.indexOf('?');
  if (mark < 0) return { path: withoutFragment, query: '' };
  return { path: withoutFragment.slice(0, mark), query: withoutFragment.slice(mark + 1) };
}

function compileRoutes(): ReadonlyMap<string, readonly CompiledRoute[]> {
  const byMethod = new Map<string, CompiledRoute[]>();
  for (const [name, { method, path }] of Object.entries(routes)) {
    const parameters: ParameterName[] = [];
    const parts = path.split('/').map((part) => {
      if (!part.startsWith(':')) return escapeLiteral(part);
      parameters.push(part.replace(/[:*]/g, '') as ParameterName);
      return part.endsWith('*') ? '(.*)' : '([^/]+)';
    });
    const compiled = {
      name: name as RouteName,
      expression: new RegExp(`^${parts.join('/')}$`, 's'),
      parameters,
    };
    byMethod.set(method, [...(byMethod.get(method) ?? []), compiled]);
  }
  return byMethod;
}

function escapeLiteral(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}
