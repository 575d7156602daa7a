/** The verb `ls`. */
import { showName } from '../core/model/shown-name.js';
import { Args, Flags } from '../ui/declarations.js';
import { RepositoryVerb } from '../ui/repository-verb.js';
import { alignColumns } from '../ui/table.js';
import { formatSize } from '../ui/units.js';

export default class Ls extends RepositoryVerb {
  static override summary = 'List a directory of a revision';
  static override description =
    'Lists what a directory holds in a commit: type, size, name. Directories end in a slash.';
  static override examples = ['oxen ls', 'oxen ls images', 'oxen ls -r main~1 images'];
  static override group = 'history' as const;
  static override completions = { path: 'path', '--revision': 'revision' } as const;
  static override enableJsonFlag = true;
  static override args = {
    path: Args.string({ default: '.', description: 'A directory or file.' }),
  };
  static override flags = {
    revision: Flags.string({
      char: 'r',
      default: 'HEAD',
      aliases: ['commit'],
      description: 'The revision.',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Ls);
    await using repository = await this.openRepository({ readOnly: true });
    const entries = repository.list(args.path, flags.revision).flatMap((node) => {
      if (node.kind === 'file') {
        const { name, dataType, sizeBytes, hash } = node.file;
        return [{ type: dataType, sizeBytes, name, hash }];
      }
      if (node.kind !== 'dir') return [];
      return [
        {
          type: 'dir',
          sizeBytes: node.dir.sizeBytes,
          name: `${node.dir.name}/`,
          hash: node.dir.hash,
        },
      ];
    });
    this.report({ entries }, () =>
      alignColumns(
        entries.map(({ type, sizeBytes, name }) => [type, formatSize(sizeBytes), showName(name)]),
        ['left', 'right', 'left'],
      ),
    );
  }
}
