/**
 * A client and a server: ours with ours, the real client with our server, the real client with the real server.
 * The real server is a binary that $OXEN_SERVER names; without it that pair is left out.
 */
import { oxen, oxenCommand, runOxen } from '../../rivals/oxen.js';
import type { Place } from '../../rivals/place.js';
import { realOxen, runOxenai } from '../../rivals/real-oxen.js';
import type { Rival } from '../../rivals/rival.js';
import type { Step } from '../../runner/step.js';
import type { CaseContext } from '../case.js';
import type { ServerProgram } from './server.js';

/** A repository on a server. */
export interface Remote {
  readonly name: string; // in the settings of the client
  readonly repository: string; // namespace/name
  readonly address: string; // host:port
}

/** What a pair can do. */
export interface Pair {
  readonly name: string;
  readonly client: Rival; // records what is pushed
  readonly server: ServerProgram;
  /** Makes the repository on the server and tells the client about it; not measured. */
  readonly connect: (place: Place, remote: Remote) => readonly Step[];
  readonly push: (place: Place, remote: Remote) => Step;
  readonly clone: (place: Place, remote: Remote, target: string) => Step;
}

/** Returns the address under which clients know a remote repository. */
export function urlOf(remote: Remote): string {
  return `http://${remote.address}/${remote.repository}`;
}

const realServerBinary = process.env['OXEN_SERVER'];

function ourServer(env: NodeJS.ProcessEnv): ServerProgram {
  return {
    argv: (port, folder) => [
      ...oxenCommand,
      ...['serve', '--host', '127.0.0.1', '--port', String(port), '--dir', folder],
    ],
    env: () => env,
  };
}

function realServer(binary: string, env: NodeJS.ProcessEnv): ServerProgram {
  return {
    argv: (port) => [binary, 'start', '--ip', '127.0.0.1', '--port', String(port)],
    env: (folder) => ({ ...env, SYNC_DIR: folder }),
  };
}

const ourClient: Omit<Pair, 'name' | 'server'> = {
  client: oxen,
  connect: (place, remote) => {
    const named = ['--name', remote.repository, '--host', remote.address, '--scheme', 'http'];
    return [
      runOxen(place, 'create', 'create-remote', ...named),
      runOxen(place, 'config', 'config', '--set-remote', remote.name, urlOf(remote)),
    ];
  },
  push: (place, remote) => runOxen(place, 'push', 'push', remote.name, 'main'),
  clone: (place, remote, target) => runOxen(place, 'clone', 'clone', urlOf(remote), target),
};

const realClient: Omit<Pair, 'name' | 'server'> = {
  client: realOxen,
  connect: (place, remote) => [
    runOxenai(place, 'connect', 'connect', remote.repository, remote.address, remote.name),
  ],
  push: (place, remote) => runOxenai(place, 'push', 'push', remote.name),
  clone: (place, remote, target) => runOxenai(place, 'clone', 'clone', urlOf(remote), target),
};

/** Returns the pairs whose client takes part and whose server is on this machine; none while ours cannot serve. */
export function pairsOf(context: CaseContext): Pair[] {
  const hasRealClient = context.rivals.includes(realOxen);
  const ours: Pair = { ...ourClient, name: 'oxen', server: ourServer(context.env) };
  const mixed: Pair = { ...realClient, name: 'real client, our server', server: ours.server };
  if (!hasRealClient) return [ours];
  if (realServerBinary === undefined) return [ours, mixed];
  const server = realServer(realServerBinary, context.env);
  return [ours, mixed, { ...realClient, name: 'real oxen', server }];
}
