/** Remote repositories as users name them: by URL, or by host and `namespace/name`. */
import { systemClock } from '../core/model/clock.js';
import { InvalidInputError } from '../core/model/errors.js';
import { ignoreEvents } from '../core/model/events.js';
import type { OperationContext } from '../core/ops/context.js';
import type { RemoteSettings } from '../core/ops/remote-access.js';
import * as remotes from '../core/ops/remote-repository.js';
import { type ConfigPlace, readAuthConfig } from '../core/store/user-config.js';
import {
  defaultHost,
  formatRemoteUrl,
  guessScheme,
  parseRemoteUrl,
} from '../core/wire/remote-url.js';
import { InlineJobs } from '../workers/inline.js';

/** Settings of verbs on remote repositories. */
export interface RemoteOptions {
  readonly configPlace?: ConfigPlace; // of the user's tokens; none are sent when absent
  readonly signal?: AbortSignal;
  readonly retryCount?: number; // further tries of a request
  readonly offersFast?: boolean; // false: the standard protocol with every server
}

/** A remote repository as a command line names it. */
export interface RemoteName {
  readonly name: string; // `namespace/name`
  readonly host?: string | undefined; // the user's default host when absent, else Oxen's
  readonly scheme?: string | undefined; // `http` or `https`; http only for this machine when absent
}

/** Returns the URL of a remote repository. @throws InvalidInputError when a part cannot be */
export function remoteUrl({ name, host, scheme }: RemoteName, place?: ConfigPlace): string {
  if (name.split('/').length !== 2) {
    throw new InvalidInputError('Invalid name format. Must be namespace/name');
  }
  const configured = place === undefined ? undefined : readAuthConfig(place).defaultHost;
  const chosen = host ?? configured ?? defaultHost;
  return formatRemoteUrl(parseRemoteUrl(`${scheme ?? guessScheme(chosen)}://${chosen}/${name}`));
}

/** Makes a repository on a server. @throws ConflictError when it exists */
export function createRemote(url: string, options: RemoteOptions = {}): Promise<void> {
  return remotes.createRemote(parseRemoteUrl(url), settingsOf(options), contextOf(options));
}

/** Deletes a repository on a server with everything in it. @throws NotFoundError when there is none */
export function deleteRemote(url: string, options: RemoteOptions = {}): Promise<void> {
  return remotes.deleteRemote(parseRemoteUrl(url), settingsOf(options), contextOf(options));
}

/** Returns what the verbs of `core/ops` need to reach servers. */
export function settingsOf(
  options: RemoteOptions & { readonly transfers?: number },
): RemoteSettings {
  const { configPlace, retryCount, offersFast, transfers } = options;
  return {
    tokens: configPlace === undefined ? new Map() : readAuthConfig(configPlace).tokens,
    ...(retryCount === undefined ? {} : { retryCount }),
    ...(offersFast === undefined ? {} : { offersFast }),
    ...(transfers === undefined ? {} : { jobs: transfers }),
  };
}

function contextOf({ signal }: RemoteOptions): OperationContext {
  return {
    jobs: new InlineJobs(),
    clock: systemClock,
    events: ignoreEvents,
    ...(signal === undefined ? {} : { signal }),
  };
}
