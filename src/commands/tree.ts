/** The verb `tree`. */
import { pagerFlag } from '../ui/common-flags.js';
import { Flags } from '../ui/declarations.js';
import { RepositoryVerb } from '../ui/repository-verb.js';
import { renderTree } from '../ui/tree-view.js';
import { formatElapsed } from '../ui/units.js';

export default class Tree extends RepositoryVerb {
  static override summary = 'Show the Merkle tree of a commit';
  static override description =
    'Prints the commit, its directories, their vnodes and files, one line a node. With -n it starts at any node and uses the form of the early docs.';
  static override examples = [
    'oxen tree',
    'oxen tree -p images',
    'oxen tree -n 64f3e2',
    'oxen tree -d 3',
  ];
  static override group = 'plumbing' as const;
  static override enableJsonFlag = true;
  static override completions = { '--commit': 'revision', '--path': 'path' } as const;
  static override flags = {
    ...pagerFlag,
    commit: Flags.string({ char: 'c', default: 'HEAD', description: 'The revision to show.' }),
    node: Flags.string({ char: 'n', description: 'Start at this node.', exclusive: ['path'] }),
    path: Flags.string({ char: 'p', description: 'Start at this path.' }),
    depth: Flags.integer({
      char: 'd',
      default: -1,
      min: -1,
      description: 'Levels to print; -1 or 0 for all.',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Tree);
    const started = process.hrtime.bigint();
    await using repository = await this.openRepository({ readOnly: true });
    const start =
      flags.node !== undefined
        ? repository.node(flags.node)
        : flags.path !== undefined
          ? repository.nodeAt(flags.path, flags.commit)
          : repository.node(repository.resolve(flags.commit));
    const depth = flags.depth <= 0 ? Number.POSITIVE_INFINITY : flags.depth;
    const entries = repository.tree(start, depth);
    if (this.session.isJson) {
      this.report({ nodes: [...entries] }, () => '');
      return;
    }
    const form = flags.node === undefined ? 'current' : 'early';
    await this.page(renderTree(entries, form));
    if (flags.node !== undefined) return;
    this.print(`Time to load tree: ${formatElapsed(Number(process.hrtime.bigint() - started))}`);
  }
}
