/**
 * The help of the command line: oclif's own for single verbs; ours for the list of all verbs, and for guides such as
 * `oxen help environment`.
 */
import { Errors, Help as OclifHelp } from '@oclif/core';
import { guides } from './guides.js';
import { renderFullOverview } from './overview.js';
import { openSession } from './session.js';
import { unknownVerb } from './unknown-verb.js';

/** The class that oclif loads for every kind of help (package.json, `oclif.helpClass`). */
export class Help extends OclifHelp {
  /**
   * Prints the help that `words` ask for.
   * @throws InvalidInputError when they name neither a verb nor a guide
   */
  override async showHelp(words: string[]): Promise<void> {
    const names = words.filter((word) => word !== 'help' && !word.startsWith('-'));
    const guide = names.length === 1 ? guides.get(names[0] ?? '') : undefined;
    if (guide !== undefined) {
      this.log(guide.text.trimEnd());
      return;
    }
    try {
      await super.showHelp(words);
    } catch (error) {
      if (!(error instanceof Errors.CLIError)) throw error;
      throw unknownVerb(names.join(' '), this.config.commands);
    }
  }

  protected override async showRootHelp(): Promise<void> {
    const { out } = await openSession(process.argv.slice(2));
    this.log(renderFullOverview(this.config.commands, out.paint).trimEnd());
  }
}
