/** The verb `create-remote`. */
import { remoteRepositoryFlags } from '../ui/remote-repository-flags.js';
import { RepositoryVerb, retriesFromEnvironment } from '../ui/repository-verb.js';

export default class CreateRemote extends RepositoryVerb {
  static override summary = 'Make a repository on a server';
  static override description =
    'Makes an empty repository on a server, to which you push. The server is the default host of the configuration, unless --host names one.';
  static override examples = [
    'oxen create-remote --name ns/repo --host localhost:3000 --scheme http',
    'oxen create-remote -n ns/repo',
  ];
  static override group = 'sync' as const;
  static override enableJsonFlag = true;
  static override flags = remoteRepositoryFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(CreateRemote);
    const { createRemote, remoteUrl } = await import('../index.js');
    const { configPlace, signal } = this;
    const url = remoteUrl(flags, configPlace);
    const retries = retriesFromEnvironment(this.session.environment);
    await createRemote(url, { configPlace, signal, ...retries });
    this.report({ name: flags.name, url }, () =>
      [
        `🎉 Remote successfully created for '${flags.name}'`,
        '',
        'Set it in your repository:',
        `  oxen config --set-remote origin ${url}\n`,
      ].join('\n'),
    );
  }
}
