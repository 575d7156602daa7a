/** The verb `node`. */
import { InvalidInputError } from '../core/model/errors.js';
import { Args, Flags } from '../ui/declarations.js';
import { renderEarlyNode, renderNode, renderNodeWithChildren } from '../ui/node-view.js';
import { RepositoryVerb } from '../ui/repository-verb.js';

export default class Node extends RepositoryVerb {
  static override summary = 'Show one node of the Merkle tree';
  static override description =
    'Shows a commit, directory or vnode by its hash, or what a path of a revision is. A hash as an argument gives the short form of ' +
    'the early docs, -n the full one.';
  static override examples = [
    'oxen node 64f3e2',
    'oxen node -n 64f3e2 --verbose',
    'oxen node -p images',
  ];
  static override group = 'plumbing' as const;
  static override completions = {
    hash: 'none',
    '--path': 'path',
    '--revision': 'revision',
  } as const;
  static override enableJsonFlag = true;
  static override args = { hash: Args.string({ description: 'A hash.' }) };
  static override flags = {
    node: Flags.string({ char: 'n', description: 'A hash.', exclusive: ['path'] }),
    path: Flags.string({ char: 'p', description: 'A path.' }),
    revision: Flags.string({
      char: 'r',
      default: 'HEAD',
      description: 'Where the path is looked up.',
    }),
    verbose: Flags.boolean({ char: 'v', description: 'The children in the same form.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Node);
    await using repository = await this.openRepository({ readOnly: true });
    const hash = flags.node ?? args.hash;
    if (hash === undefined && flags.path === undefined) {
      throw new InvalidInputError('Name a node by its hash or with -p PATH.');
    }
    const view =
      hash === undefined
        ? repository.nodeAt(flags.path ?? '', flags.revision)
        : repository.node(hash);
    this.report(view, () => {
      if (args.hash !== undefined && flags.node === undefined) return renderEarlyNode(view.node);
      if (!flags.verbose) return renderNode(view);
      const children = [...repository.tree(view, 2)]
        .slice(1)
        .map(({ node }) =>
          node.kind === 'file' || node.kind === 'commit'
            ? { node, parentId: undefined, children: [] }
            : repository.node(node.kind === 'dir' ? node.dir.hash : node.vnode.hash),
        );
      return renderNodeWithChildren(view, children);
    });
  }
}
