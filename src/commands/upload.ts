/** The verb `upload`. */
import { Args, Flags } from '../ui/declarations.js';
import { remoteServerFlags } from '../ui/remote-repository-flags.js';
import { RepositoryVerb } from '../ui/repository-verb.js';

export default class Upload extends RepositoryVerb {
  static override summary = 'Add files to a remote without a clone';
  static override description =
    'Adds files and directories to a branch of a repository on a server, as one commit. The files of the repository are not needed; ' +
    'those that are uploaded are kept in a temporary directory (OXEN_TMP_DIR) until they are sent.';
  static override examples = [
    'oxen upload ns/repo new.csv -m "more labels"',
    'oxen upload ns/repo images -d raw -b incoming -m "a batch" --host localhost:3000',
  ];
  static override group = 'sync' as const;
  static override enableJsonFlag = true;
  static override completions = { repository: 'none', paths: 'file' } as const;
  static override args = {
    repository: Args.string({ required: true, description: 'Its name: NAMESPACE/NAME.' }),
    paths: Args.string({ required: true, multiple: true, description: 'Files or directories.' }),
  };
  static override flags = {
    ...remoteServerFlags,
    message: Flags.string({ char: 'm', required: true, description: 'Message of the commit.' }),
    destination: Flags.string({
      char: 'd',
      default: '.',
      description: 'Directory of the repository that they come to.',
    }),
    branch: Flags.string({
      char: 'b',
      default: 'main',
      description: 'The branch; made from main when there is none of this name.',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Upload);
    const { remoteUrl, requireIdentity, upload } = await import('../index.js');
    const url = remoteUrl({ ...flags, name: args.repository }, this.configPlace);
    const { message, destination, branch } = flags;
    const request = {
      ...{ files: args.paths ?? [], destination, branch, message },
      identity: requireIdentity(this.configPlace),
      temporaryDirectory: this.session.environment['OXEN_TMP_DIR'],
    };
    const result = await upload(url, request, this.repositoryOptions());
    const { commitId, fileCount } = result;
    this.report(result, () =>
      [
        `🐂 oxen added ${fileCount} entries`,
        `🐂 commit ${commitId} -> '${message}' complete!`,
        `Commit ${commitId} done.\n`,
      ].join('\n'),
    );
  }
}
