/**
 * The base of every verb. A verb file is an oclif command: static summary, description, examples, args and flags, and a
 * class as its default export with a static `run`. oclif finds, lists and explains it, but the class does not extend
 * oclif's own: that would load all of oclif before the first line of a verb runs (docs/decisions/0002).
 */
import type { Command, Interfaces } from '@oclif/core';
import type { EventSink } from '../core/model/events.js';
import { commonFlags, jsonFlag } from './common-flags.js';
import type { NameSource } from './completion-model.js';
import { listenForInterrupt } from './interruption.js';
import { renderDocument } from './json-document.js';
import { type Declarations, type ParsedArguments, parseArguments } from './parse-arguments.js';
import { openProgress, type Progress } from './progress.js';
import { openProgressLines } from './progress-lines.js';
import { reportError } from './report-error.js';
import { openSession, type Session } from './session.js';
import { usageError } from './usage-error.js';
import type { VerbGroup } from './verb-groups.js';
import type { Pieces } from './write-pieces.js';

/** The class that a verb file exports. */
export type VerbClass = Omit<typeof VerbCommand, 'prototype'> & {
  new (words: readonly string[], session: Session): VerbCommand;
};

/** What a verb declares, with the flags that every verb has. */
interface WithCommonFlags<D extends Declarations> {
  readonly flags: D['flags'] & typeof commonFlags;
  readonly args: D['args'];
}

/** One verb of the command line; an object of it is one call. */
export abstract class VerbCommand {
  /** The words that call it, joined by `:`; set by whoever found the file. */
  static id = '';
  /** One line of at most 60 characters without a period. */
  static summary = '';
  /** What there is to say beyond the summary. */
  static description: string | undefined = undefined;
  /** Two to four calls. */
  static examples: Command.Example[] = [];
  /** The heading under which help lists it. */
  static group: VerbGroup = 'plumbing';
  /** Where shells find values, by the name of an argument or by `--flag`: see `ui/completion-model`. */
  static completions: Readonly<Record<string, NameSource>> = {};
  static aliases: string[] = [];
  static hidden = false;
  static args: Interfaces.ArgInput = {};
  static flags: Interfaces.FlagInput = {};
  static readonly baseFlags: Interfaces.FlagInput = commonFlags;
  /** True when the verb reports something: it calls `report` and has `--json`. */
  static enableJsonFlag = false;

  /** Exit code of the process when the verb ends without an error. */
  protected exitCode = 0;
  protected readonly session: Session;
  readonly #words: readonly string[];
  #progress: Progress | undefined;
  #signal: AbortSignal | undefined;

  /** @param words the words after the verb */
  constructor(words: readonly string[], session: Session) {
    this.#words = words;
    this.session = session;
  }

  /** Runs the verb for this process; called by the launcher and by oclif. */
  static async run(this: VerbClass, words: readonly string[]): Promise<void> {
    const session = await openSession(words);
    // biome-ignore lint/complexity/noThisInStatic: it runs the verb class on which it is called
    process.exitCode = await runVerb(this, words, session);
  }

  /** Does the work: parse, open the repository, one call on it, print. */
  abstract run(): Promise<void>;

  /** Ends what a call has opened. */
  close(): number {
    this.#progress?.end();
    return this.exitCode;
  }

  /**
   * Returns the values of the words by what the class declares; call it with the class itself.
   * @throws InvalidInputError when they do not fit
   */
  protected async parse<D extends Declarations>(
    declared: D,
  ): Promise<ParsedArguments<WithCommonFlags<D>>> {
    const { id, enableJsonFlag } = this.constructor as VerbClass;
    const declarations = {
      args: declared.args,
      flags: { ...commonFlags, ...(enableJsonFlag ? jsonFlag : {}), ...declared.flags },
    };
    try {
      return await parseArguments<WithCommonFlags<D>>(this.#words, declarations);
    } catch (error) {
      throw usageError(error, id.replaceAll(':', ' '), declarations);
    }
  }

  /** The working directory, absolute. */
  protected get cwd(): string {
    return process.cwd();
  }

  /** Tells the engine to stop at its next safe point after Ctrl-C; whoever asks for it must heed it. */
  protected get signal(): AbortSignal {
    this.#signal ??= listenForInterrupt(process, () =>
      this.note('Stopping at the next safe point; press Ctrl-C again to stop at once.'),
    );
    return this.#signal;
  }

  /** Receives the events of the engine: draws the progress line and prints notes. */
  protected get events(): EventSink {
    this.#progress ??= this.#openProgress();
    return this.#progress.receive;
  }

  #openProgress(): Progress {
    const { err, isQuiet, progress } = this.session;
    const isLog = progress === 'always' && !err.isTerminal;
    if (!isQuiet && (isLog || progress === 'json')) {
      return openProgressLines(err, isLog ? 'text' : 'json');
    }
    return openProgress(err, isQuiet, progress !== 'never');
  }

  /** Writes `text` and a line end to the standard output; nothing with `--json`. */
  protected print(text: string): void {
    if (this.session.isJson) return;
    this.#progress?.erase();
    this.session.out.write(`${text}\n`);
  }

  /** Writes a line for the user to the standard error; nothing with `--quiet`. */
  protected note(text: string): void {
    if (this.session.isQuiet) return;
    this.#progress?.erase();
    this.session.err.write(`${text}\n`);
  }

  /** Reports a result: as a JSON document with `--json`, else as the text that `render` makes, which ends with a line end. */
  protected report(result: object, render: () => string): void {
    this.#progress?.erase();
    const { isJson, out } = this.session;
    out.write(isJson ? renderDocument(result) : render());
  }

  /** Writes output of any length in pieces; it stops at Ctrl-C and when nobody reads any more. */
  protected async write(pieces: Pieces): Promise<void> {
    this.#progress?.erase();
    const { writePieces } = await import('./write-pieces.js');
    await writePieces(pieces, this.session.out, this.signal);
  }

  /** Writes a text of any length in pieces, through a pager on a terminal. */
  protected async page(pieces: Pieces): Promise<void> {
    const { environment, isPaged } = this.session;
    if (isPaged) {
      const { choosePager, showPaged } = await import('./pager.js');
      const pager = choosePager(environment);
      if (pager !== undefined && (await showPaged(pieces, pager, environment))) return;
    }
    await this.write(pieces);
  }
}

/** Runs one call of a verb and returns the exit code; errors are printed. */
export async function runVerb(
  verbClass: VerbClass,
  words: readonly string[],
  session: Session,
): Promise<number> {
  const isJson = session.isJson && verbClass.enableJsonFlag;
  const verb = new verbClass(words, { ...session, isJson });
  try {
    await verb.run();
    return verb.close();
  } catch (error) {
    verb.close();
    return reportError(error, session);
  }
}
