/** The verb `info`. */
import { InvalidInputError } from '../core/model/errors.js';
import { Args, Flags } from '../ui/declarations.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';
import { renderStorage } from '../ui/storage-view.js';

const header = 'hash\tsize\tdata_type\tmime_type\textension\tlast_updated_commit_id';

export default class Info extends RepositoryVerb {
  static override summary = 'Show what is known of a file, or a fingerprint';
  static override description =
    'Prints hash, size, types and the last commit of a file. With --fingerprint it prints the id that stands for all data of a revision: ' +
    'equal data have equal fingerprints in every repository. With --storage it prints what the repository takes on disk.';
  static override examples = [
    'oxen info images/cat.png',
    'oxen info -v data.csv',
    'oxen info --fingerprint HEAD~1',
    'oxen info --storage',
  ];
  static override group = 'history' as const;
  static override completions = { path: 'path', '--revision': 'revision' } as const;
  static override enableJsonFlag = true;
  static override args = {
    path: Args.string({ description: 'A file or directory; with --fingerprint a revision.' }),
  };
  static override flags = {
    ...jobsFlag,
    revision: Flags.string({ char: 'r', default: 'HEAD', description: 'The revision.' }),
    verbose: Flags.boolean({ char: 'v', description: 'With a line of headings.' }),
    fingerprint: Flags.boolean({ description: 'The id of all data of the revision.' }),
    storage: Flags.boolean({
      description: 'What the repository takes on disk.',
      exclusive: ['fingerprint'],
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Info);
    await using repository = await this.openRepository({ readOnly: true, jobs: flags.jobs });
    if (flags.storage) {
      const storage = repository.storage();
      this.report(storage, () => renderStorage(storage));
      return;
    }
    if (flags.fingerprint) {
      const revision = args.path ?? flags.revision;
      const fingerprint = await repository.fingerprint(revision);
      this.report({ revision, fingerprint }, () => `${fingerprint}\n`);
      return;
    }
    if (args.path === undefined) throw new InvalidInputError('Must supply path.');
    const { node } = repository.nodeAt(args.path, flags.revision);
    const facts =
      node.kind === 'file'
        ? [
            node.file.hash,
            node.file.sizeBytes,
            node.file.dataType,
            node.file.mimeType,
            node.file.extension,
            node.file.lastCommitId,
          ]
        : node.kind === 'dir'
          ? [node.dir.hash, node.dir.sizeBytes, 'dir', 'inode/directory', '', node.dir.lastCommitId]
          : [];
    this.report({ node }, () => `${flags.verbose ? `${header}\n` : ''}${facts.join('\t')}\n`);
  }
}
