/** The verb `delete-remote`. */
import { InvalidInputError } from '../core/model/errors.js';
import { Flags } from '../ui/declarations.js';
import { remoteRepositoryFlags } from '../ui/remote-repository-flags.js';
import { RepositoryVerb, retriesFromEnvironment } from '../ui/repository-verb.js';

export default class DeleteRemote extends RepositoryVerb {
  static override summary = 'Delete a repository on a server';
  static override description =
    'Deletes a repository on a server with everything in it. It cannot be brought back, so --yes is required.';
  static override examples = [
    'oxen delete-remote --name ns/repo --host localhost:3000 --yes',
    'oxen delete-remote -n ns/repo',
  ];
  static override group = 'sync' as const;
  static override enableJsonFlag = true;
  static override flags = {
    ...remoteRepositoryFlags,
    yes: Flags.boolean({ char: 'y', description: 'Yes, delete it.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DeleteRemote);
    const { deleteRemote, remoteUrl } = await import('../index.js');
    const { configPlace, signal } = this;
    const url = remoteUrl(flags, configPlace);
    if (!flags.yes) {
      throw new InvalidInputError(`This deletes ${url} with everything in it.`, {
        hint: 'If you are sure, add --yes.',
      });
    }
    const retries = retriesFromEnvironment(this.session.environment);
    await deleteRemote(url, { configPlace, signal, ...retries });
    this.report({ deleted: url }, () => '');
  }
}
