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
    'max-body': Flags.integer({ min: 1, description: 'Largest body of a request in MiB.' }),
    'max-connections': Flags.integer({ min: 1, description: 'Most connections at once.' }),
    'idle-timeout': Flags.integer({ min: 1, description: 'Seconds a silent connection may stay.' }),
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

function limitsOf(flags: {
  readonly 'max-body'?: number | undefined;
  readonly 'max-connections'?: number | undefined;
  readonly 'idle-timeout'?: number | undefined;
}) {
  const { 'max-body': body, 'max-connections': connections, 'idle-timeout': idle } = flags;
  return {
    ...(body === undefined ? {} : { maxBodyBytes: body * 1024 * 1024 }),
    ...(connections === undefined ? {} : { maxConnections: connections }),
    ...(idle === undefined ? {} : { idleTimeoutMs: idle * 1000 }),
  };
}
