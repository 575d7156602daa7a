/**
 * The URL of a remote repository, `scheme://host[:port]/namespace/name`, and the names in it. A URL that carries a
 * password is refused: tokens come from the configuration and are bound to host and port.
 */
import { InvalidInputError } from '../model/errors.js';

/** A remote repository. */
export interface RemoteUrl {
  readonly scheme: 'http' | 'https';
  readonly host: string; // with `:port` when the URL names one; the key of its token
  readonly namespace: string;
  readonly name: string;
}

/** The host that is meant when none is named. */
export const defaultHost = 'hub.oxen.ai';

const namespacePattern = /^[a-zA-Z0-9][a-zA-Z0-9_-]{1,49}$/;
const repositoryPattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const longestRepositoryName = 255;

/** Returns why `name` cannot be a namespace, in the words of the stock server; undefined when it can. */
export function namespaceProblem(name: string): string | undefined {
  if (namespacePattern.test(name)) return undefined;
  return `Invalid namespace name '${name}'. Must match [a-zA-Z0-9][a-zA-Z0-9_-]{1,49}`;
}

/** Returns why `name` cannot be that of a repository, in the words of the stock server; undefined when it can. */
export function repositoryNameProblem(name: string): string | undefined {
  if (repositoryPattern.test(name) && name.length <= longestRepositoryName) return undefined;
  return `Invalid repository name '${name}'. Must match [a-zA-Z0-9][a-zA-Z0-9_.-]+`;
}

/** Returns the scheme to use for a host that was given without one: `http` on this machine, else `https`. */
export function guessScheme(host: string): 'http' | 'https' {
  return /localhost|127\.0\.0\.1|0\.0\.0\.0/.test(host) ? 'http' : 'https';
}

/**
 * Returns the parts of the URL of a remote repository.
 * @throws InvalidInputError when it is not such a URL
 */
export function parseRemoteUrl(text: string): RemoteUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw notRemote(text, 'it must start with http:// or https://');
  }
  if (url.username !== '' || url.password !== '') {
    throw notRemote(url.host, 'a password may not stand in it');
  }
  const [namespace = '', name = '', ...rest] = url.pathname.replace(/^\/|\/$/g, '').split('/');
  if (rest.length > 0 || url.search !== '' || url.hash !== '') {
    throw notRemote(text, 'behind the host it has a namespace and a name and nothing else');
  }
  const problem = namespaceProblem(namespace) ?? repositoryNameProblem(name);
  if (problem !== undefined) throw notRemote(text, problem);
  const scheme = url.protocol === 'http:' ? 'http' : 'https';
  return { scheme, host: hostOf(text, url), namespace, name };
}

/** Returns the URL of a remote repository. */
export function formatRemoteUrl(remote: RemoteUrl): string {
  return `${remote.scheme}://${remote.host}/${remote.namespace}/${remote.name}`;
}

/** The URL parser drops `:80` and `:443`, but tokens are looked up by the port as it was written. */
function hostOf(text: string, url: URL): string {
  const port = /^[a-z]+:\/\/[^/]*:(\d+)(?:\/|$)/i.exec(text)?.[1];
  return port === undefined ? url.hostname : `${url.hostname}:${port}`;
}

function notRemote(shown: string, problem: string): InvalidInputError {
  return new InvalidInputError(
    `${JSON.stringify(shown)} is not the URL of a remote repository: ${problem}.`,
    { hint: 'The form is https://host/namespace/name' },
  );
}
