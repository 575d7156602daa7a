/** The slow way: everything that needs the whole of oclif. Its errors are reported like all others. */
import { InvalidInputError, OxenError } from '../core/model/errors.js';
import { reportError } from './report-error.js';
import { openSession, readCommonFlags } from './session.js';

/** Runs `words` with oclif: help, aliases, topics, and words that name no verb; `root` holds package.json. */
export async function runWithOclif(words: readonly string[], root: string): Promise<void> {
  passColourChoice(words);
  const { run, settings } = await import('@oclif/core');
  settings.enableAutoTranspile = false;
  try {
    await run([...words], { root });
  } catch (error) {
    process.exitCode = reportError(asOxenError(error), await openSession(words));
  }
}

/** oclif decides about colours by the environment only, when it is loaded. */
function passColourChoice(words: readonly string[]): void {
  const { colour } = readCommonFlags(words);
  if (colour === 'never') process.env['NO_COLOR'] = '1';
  if (colour !== 'always') return;
  delete process.env['NO_COLOR'];
  process.env['FORCE_COLOR'] = '1';
}

/** What oclif refuses outside of verbs is a wrong use of the command line. */
function asOxenError(error: unknown): unknown {
  if (error instanceof OxenError || !(error instanceof Error) || !('oclif' in error)) return error;
  return new InvalidInputError(`${error.message.replace(/\.$/, '')}.`, {
    cause: error,
    hint: 'Run `oxen help` to see all commands.',
  });
}
