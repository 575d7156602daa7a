/** The verb `download`. */
import { Args, Flags } from '../ui/declarations.js';
import { remoteServerFlags } from '../ui/remote-repository-flags.js';
import { RepositoryVerb } from '../ui/repository-verb.js';
import { formatSize } from '../ui/units.js';

export default class Download extends RepositoryVerb {
  static override summary = 'Get files of a remote without a clone';
  static override description =
    'Downloads files and directories of a repository on a server. A file comes under its own name, a directory with its whole path; ' +
    'files of the same name are replaced. No repository is made.';
  static override examples = [
    'oxen download ns/repo labels.csv',
    'oxen download ns/repo images -o data --revision feature --host localhost:3000',
  ];
  static override group = 'sync' as const;
  static override enableJsonFlag = true;
  static override completions = { repository: 'none', paths: 'none' } as const;
  static override args = {
    repository: Args.string({ required: true, description: 'Its name: NAMESPACE/NAME.' }),
    paths: Args.string({ required: true, multiple: true, description: 'Files or directories.' }),
  };
  static override flags = {
    ...remoteServerFlags,
    output: Flags.string({
      char: 'o',
      default: '.',
      helpValue: 'DIR',
      description: 'Where to; the name of the file where only one comes and no directory is there.',
    }),
    revision: Flags.string({ default: 'main', description: 'A branch or a commit id.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Download);
    const { download, remoteUrl } = await import('../index.js');
    const url = remoteUrl({ ...flags, name: args.repository }, this.configPlace);
    const { output, revision } = flags;
    const request = { paths: args.paths ?? [], output, revision };
    const result = await download(url, request, this.repositoryOptions());
    const { fileCount, sizeBytes } = result;
    this.note(`🐂 oxen downloaded ${formatSize(sizeBytes)} (${fileCount} files)`);
    this.report(result, () => '');
  }
}
