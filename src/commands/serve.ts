/** The verb `serve`. */
import { Flags } from '../ui/declarations.js';
import { RepositoryVerb } from '../ui/repository-verb.js';
import { servedDirectoryFlag, servedDirectoryOf } from '../ui/served-directory-flag.js';
import { waitForStop } from '../ui/wait-for-stop.js';

export default class Serve extends RepositoryVerb {
  static override summary = 'Share repositories over HTTP';
  static override description =
    'Serves the repositories below a directory to oxen and to the original Oxen clients. Each is a directory NAMESPACE/NAME/.oxen. ' +
    'Log lines go to the standard error, one JSON object each. Ctrl-C and SIGTERM end it when running requests are answered.';
  static override examples = [
    'oxen serve',
    'oxen serve --port 4000 --dir /srv/oxen --auth',
    'oxen serve add-user --email bessie@example.com --name Bessie --output auth_config.toml',
  ];
  static override group = 'server' as const;
  static override flags = {
    ...servedDirectoryFlag,
    host: Flags.string({ default: '127.0.0.1', description: 'Address to listen on.' }),
    port: Flags.integer({
      char: 'p',
      min: 0,
      max: 65_535,
      default: 3000,
      description: 'Port to listen on; 0 takes a free one.',
    }),
    auth: Flags.boolean({ description: 'Ask everybody for a token.' }),
    'allow-plain-force': Flags.boolean({
      description: 'Let original clients push what is no fast-forward.',
    }),
    'tls-cert': Flags.string({ description: 'File with the certificate (PEM).' }),
    'tls-key': Flags.string({ description: 'File with its key (PEM).' }),
    'max-body': Flags.integer({
      min: 1,
      description: 'Largest body of a request in MiB (default 1048576).',
    }),
    'max-header': Flags.integer({
      min: 1,
      description: 'Largest headers of a request in KiB (default 16).',
    }),
    'max-connections': Flags.integer({
      min: 1,
      description: 'Most connections at once (default 1024).',
    }),
    'header-timeout': Flags.integer({
      min: 1,
      description: 'Seconds until the headers of a request must be there (default 60).',
    }),
    'idle-timeout': Flags.integer({
      min: 1,
      description:
        'Seconds a silent connection may stay, or a body that hardly moves (default 300).',
    }),
    'rate-limit': Flags.integer({
      min: 1,
      description: 'Requests a second from one address, in the long run (default: no limit).',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Serve);
    const { startServer } = await import('../server/start.js');
    const { environment, err } = this.session;
    const server = await startServer({
      directory: servedDirectoryOf(flags.dir, environment),
      host: flags.host ?? '127.0.0.1',
      port: flags.port ?? 3000,
      needsToken: flags.auth === true,
      allowPlainForce: flags['allow-plain-force'] === true,
      tlsCertFile: flags['tls-cert'],
      tlsKeyFile: flags['tls-key'],
      limits: limitsOf(flags),
      log: (line) => err.write(`${line}\n`),
    });
    const scheme = flags['tls-cert'] === undefined ? 'http' : 'https';
    this.print(`🐂 Serving ${server.directory} on ${scheme}://${flags.host}:${server.port}`);
    if (flags.auth !== true) {
      this.note(
        'Everybody who reaches this address may read and write. Ask for tokens with --auth.',
      );
    }
    await waitForStop(process);
    await server.stop();
  }
}

/** The limits that were given, in the units of the server. */
function limitsOf(flags: Readonly<Record<string, unknown>>): Record<string, number> {
  const units = {
    'max-body': ['maxBodyBytes', 1024 * 1024],
    'max-header': ['maxHeaderBytes', 1024],
    'max-connections': ['maxConnections', 1],
    'header-timeout': ['headerTimeoutMs', 1000],
    'idle-timeout': ['idleTimeoutMs', 1000],
    'rate-limit': ['requestsPerSecond', 1],
  } as const;
  const limits: Record<string, number> = {};
  for (const [flag, [limit, unit]] of Object.entries(units)) {
    const value = flags[flag];
    if (typeof value === 'number') limits[limit] = value * unit;
  }
  return limits;
}
