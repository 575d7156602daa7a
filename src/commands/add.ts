/** The verb `add`. */
import { exitCodes } from '../core/model/errors.js';
import { showName } from '../core/model/shown-name.js';
import { Args, Flags } from '../ui/declarations.js';
import { jobsFlag, RepositoryVerb } from '../ui/repository-verb.js';
import { formatDuration, formatSize } from '../ui/units.js';

export default class Add extends RepositoryVerb {
  static override summary = 'Stage files, directories and deletions';
  static override description =
    'Reads what changed below the given paths and stages it for the next commit. Patterns are expanded here too, so they may be ' +
    'quoted. Symbolic links and special files are skipped with a note; files that cannot be read are named, and the rest is added.';
  static override examples = [
    'oxen add .',
    'oxen add images',
    "oxen add 'images/*.png'",
    'oxen add --dry-run .',
  ];
  static override group = 'change' as const;
  static override enableJsonFlag = true;
  static override args = {
    paths: Args.string({
      multiple: true,
      required: true,
      description: 'Files, directories, patterns.',
    }),
  };
  static override flags = {
    ...jobsFlag,
    'dry-run': Flags.boolean({
      char: 'n',
      description: 'Say what would be staged, change nothing.',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Add);
    const started = performance.now();
    const dryRun = flags['dry-run'];
    await using repository = await this.openRepository({ jobs: flags.jobs });
    const result = await repository.add(args.paths, { dryRun });
    for (const { path, code, message } of result.problems) {
      // A name that is not valid UTF-8 comes in its shown form already.
      this.note(`Not added: ${code === 'name' ? path : showName(path)}: ${message}`);
    }
    if (result.problems.length > 0) this.exitCode = exitCodes.failure;
    const fileCount = result.addedCount + result.modifiedCount + result.removedCount;
    const size = formatSize(result.sizeBytes);
    const duration = formatDuration(performance.now() - started);
    this.report(result, () =>
      dryRun
        ? `🐂 oxen would add ${fileCount} files (${size})\n`
        : `🐂 oxen added ${fileCount} files (${size}) in ${duration}\n`,
    );
  }
}
