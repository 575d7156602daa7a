/** The verb `remote`. */
import { Flags } from '../ui/declarations.js';
import { RepositoryVerb } from '../ui/repository-verb.js';

export default class Remote extends RepositoryVerb {
  static override summary = 'List the remotes';
  static override description = 'Remotes are set with `oxen config --set-remote NAME URL`.';
  static override examples = ['oxen remote', 'oxen remote -v'];
  static override group = 'sync' as const;
  static override enableJsonFlag = true;
  static override flags = {
    verbose: Flags.boolean({ char: 'v', description: 'With their URLs.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Remote);
    await using repository = await this.openRepository({ readOnly: true });
    const remotes = repository.remotes();
    this.report({ remotes }, () =>
      remotes.map(({ name, url }) => (flags.verbose ? `${name}\t${url}\n` : `${name}\n`)).join(''),
    );
  }
}
