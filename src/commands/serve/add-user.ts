/** The verb `serve add-user`. */
import { Flags } from '../../ui/declarations.js';
import { RepositoryVerb } from '../../ui/repository-verb.js';
import { servedDirectoryFlag, servedDirectoryOf } from '../../ui/served-directory-flag.js';

const rights = ['read', 'write', 'admin'] as const;

export default class ServeAddUser extends RepositoryVerb {
  static override summary = 'Give a user a token for a server';
  static override description =
    'Makes a token, keeps its hash with the served directory, and writes the configuration that the user needs. A user of the same ' +
    'email address gets a new token; the old one stops working. A running server takes it over at once.';
  static override examples = [
    'oxen serve add-user --email bessie@example.com --name Bessie --output auth_config.toml',
    'oxen serve add-user -e cow@example.com -n Cow --namespace farm --rights read',
  ];
  static override group = 'server' as const;
  static override aliases = ['add-user'];
  static override enableJsonFlag = true;
  static override flags = {
    ...servedDirectoryFlag,
    email: Flags.string({ char: 'e', required: true, description: 'Email address of the user.' }),
    name: Flags.string({ char: 'n', required: true, description: 'Name of the user.' }),
    output: Flags.string({
      char: 'o',
      default: 'auth_config.toml',
      description: 'File for the configuration of the user.',
    }),
    server: Flags.string({
      default: '127.0.0.1:3000',
      description: 'Host and port under which the user reaches the server.',
    }),
    rights: Flags.string({
      options: rights,
      default: 'admin',
      description: 'What they may do: read, also write, also remove repositories.',
    }),
    namespace: Flags.string({
      multiple: true,
      description: 'Namespace where they may do it; all when absent.',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ServeAddUser);
    const { addUser } = await import('../../server/start.js');
    const outputFile = flags.output ?? 'auth_config.toml';
    const token = addUser({
      directory: servedDirectoryOf(flags.dir, this.session.environment),
      name: flags.name,
      email: flags.email,
      rights: rights.find((word) => word === flags.rights) ?? 'read',
      namespaces: flags.namespace ?? [],
      outputFile,
      host: flags.server ?? '127.0.0.1:3000',
    });
    this.report(
      { email: flags.email, output: outputFile, token },
      () =>
        `User access token created:\n\n${token}\n\nSaved config to: ${outputFile}\n` +
        'To give user access have them run the command `oxen config --auth <HOST> <TOKEN>`\n',
    );
  }
}
