/** The base of verbs that work on a repository: opens the one that the working directory lies in, with the flags for threads. */
import { homedir } from 'node:os';
import { InvalidInputError } from '../core/model/errors.js';
import type { Repository, RepositoryOptions } from '../index.js';
import { VerbCommand } from './command.js';
import { Flags } from './declarations.js';

/** The flag of verbs that may use threads. */
export const jobsFlag = {
  jobs: Flags.integer({
    char: 'j',
    min: 1,
    max: 512,
    description: 'Threads for heavy work; all cores when absent (OXEN_NUM_THREADS).',
    helpGroup: 'GLOBAL',
  }),
};

/** How a verb opens its repository. */
export interface OpenSettings {
  readonly readOnly?: boolean | 'when-denied'; // it writes nothing, or nothing that matters
  readonly checkDatabase?: boolean; // it distrusts the database
  readonly jobs?: number | undefined; // threads
}

/** A verb on the repository of the working directory. */
export abstract class RepositoryVerb extends VerbCommand {
  /**
   * Opens the repository that the working directory lies in.
   * @throws NotFoundError when there is none
   */
  protected async openRepository(options: OpenSettings = {}): Promise<Repository> {
    const { Repository: Library } = await import('../index.js');
    return Library.open(this.cwd, this.repositoryOptions(options));
  }

  /** Settings for opening a repository: threads, progress, Ctrl-C. */
  protected repositoryOptions(options: OpenSettings = {}): RepositoryOptions {
    const threadCount = options.jobs ?? threadsFromEnvironment(this.session.environment);
    return {
      workingDirectory: this.cwd,
      events: this.events,
      signal: this.signal,
      readOnly: options.readOnly ?? false,
      checkDatabase: options.checkDatabase === true,
      configPlace: this.configPlace,
      ...retriesFromEnvironment(this.session.environment),
      offersFast: this.session.environment['OXEN_FAST'] !== '0',
      ...(threadCount === undefined ? {} : { threadCount }),
    };
  }

  /** Where the user's configuration lies. */
  protected get configPlace() {
    return { homeDirectory: homedir(), configDirectory: this.session.configDir };
  }
}

/** Returns how often a request to a server is tried again, when the environment says it. @throws InvalidInputError */
export function retriesFromEnvironment(environment: Readonly<Record<string, string | undefined>>): {
  retryCount?: number;
} {
  const text = environment['OXEN_NUM_RETRIES'];
  if (text === undefined || text === '') return {};
  if (!/^\d{1,3}$/.test(text)) {
    throw new InvalidInputError(`OXEN_NUM_RETRIES is '${text}', not a number of tries.`, {
      hint: 'Set it to a number from 0 to 999, or unset it.',
    });
  }
  return { retryCount: Number(text) };
}

function threadsFromEnvironment(environment: Readonly<Record<string, string | undefined>>) {
  const text = environment['OXEN_NUM_THREADS'];
  if (text === undefined || text === '') return undefined;
  if (!/^[1-9]\d{0,2}$/.test(text)) {
    throw new InvalidInputError(`OXEN_NUM_THREADS is '${text}', not a number of threads.`, {
      hint: 'Set it to a number from 1 to 999, or unset it.',
    });
  }
  return Number(text);
}
