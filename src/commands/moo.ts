/** The verb `moo`. */
import { VerbCommand } from '../ui/command.js';
import { Flags } from '../ui/declarations.js';

export default class Moo extends VerbCommand {
  static override summary = 'Moo like an ox';
  static override description = 'Tells whether oxen is installed and in good spirits.';
  static override examples = ['oxen moo', 'oxen moo -n 5 --loud'];
  static override group = 'plumbing' as const;
  static override enableJsonFlag = true;
  static override flags = {
    number: Flags.integer({
      char: 'n',
      default: 2,
      min: 1,
      max: 10_000,
      description: 'How many letters o.',
    }),
    loud: Flags.boolean({ char: 'l', description: 'As loud as an ox can.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Moo);
    const moo = `m${'o'.repeat(flags.number)}`;
    const sound = flags.loud ? `${moo.toUpperCase()}!` : moo;
    this.report({ sound }, () => `${sound}\n`);
  }
}
