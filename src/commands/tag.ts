/** The verb `tag`. */
import { Args, Flags } from '../ui/declarations.js';
import { RepositoryVerb } from '../ui/repository-verb.js';

export default class Tag extends RepositoryVerb {
  static override summary = 'List, make and delete tags';
  static override description =
    'Without a name it lists the tags. A tag names a commit for good: wherever a revision is asked for, its name will do.';
  static override examples = [
    'oxen tag',
    'oxen tag v1.0',
    'oxen tag v0.9 HEAD~2',
    'oxen tag -d v0.9',
  ];
  static override group = 'branch' as const;
  static override enableJsonFlag = true;
  static override completions = {
    name: 'none',
    revision: 'revision',
    '--delete': 'tag',
  } as const;
  static override args = {
    name: Args.string({ description: 'The tag to make.' }),
    revision: Args.string({ description: 'What it names; HEAD when absent.' }),
  };
  static override flags = {
    delete: Flags.string({ char: 'd', description: 'Delete this tag.' }),
    force: Flags.boolean({ char: 'f', description: 'Move the tag when it exists.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Tag);
    await using repository = await this.openRepository({ readOnly: 'when-denied' });
    if (flags.delete !== undefined) {
      const commitId = repository.deleteTag(flags.delete);
      this.report({ deleted: flags.delete, commitId }, () => '');
    } else if (args.name === undefined) {
      const tags = repository.tags();
      this.report({ tags }, () => tags.map(({ name }) => `${name}\n`).join(''));
    } else {
      const commitId = repository.createTag(args.name, args.revision, { force: flags.force });
      this.report({ tag: args.name, commitId }, () => '');
    }
  }
}
