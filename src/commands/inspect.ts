/** The verb `inspect`. */
import { Args, Flags } from '../ui/declarations.js';
import { RepositoryVerb } from '../ui/repository-verb.js';

export default class Inspect extends RepositoryVerb {
  static override summary = 'Print a database of the repository';
  static override description =
    'Prints the entries of a named database, key and value by a tab, readable. Without a name it lists the databases.';
  static override examples = ['oxen inspect .oxen/db', 'oxen inspect .oxen/db refs'];
  static override group = 'plumbing' as const;
  static override args = {
    path: Args.string({ default: '.oxen/db', description: 'The database, .oxen/db.' }),
    name: Args.string({ description: 'refs, nodes, versions, chunks, staged, files or meta.' }),
  };
  static override flags = {
    limit: Flags.integer({ char: 'l', min: 1, description: 'Most entries.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Inspect);
    const { inspectPath } = await import('../index.js');
    let left = flags.limit ?? Number.POSITIVE_INFINITY;
    for await (const line of inspectPath(args.path, args.name)) {
      if (left-- <= 0 || this.session.out.isClosed) return;
      this.session.out.write(`${line}\n`);
    }
  }
}
