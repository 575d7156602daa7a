/** What a caller may set when a repository is opened, and the surroundings of verbs that follow from it. */
import type { Jobs } from '../core/jobs.js';
import { type Clock, systemClock } from '../core/model/clock.js';
import { type EventSink, ignoreEvents } from '../core/model/events.js';
import type { OperationContext } from '../core/ops/context.js';
import type { ConfigPlace } from '../core/store/user-config.js';
import { AdaptiveJobs } from '../workers/adaptive.js';

/** Settings of an opened repository. */
export interface RepositoryOptions {
  readonly threadCount?: number; // threads for heavy work; the number of cores when absent
  readonly readOnly?: boolean | 'when-denied'; // nothing will be written; only caches, which may stay as they are
  readonly checkDatabase?: boolean; // look at every page of the database before it is opened
  readonly events?: EventSink; // progress and notes
  readonly signal?: AbortSignal; // asks a running verb to stop at the next safe point
  readonly clock?: Clock;
  readonly workingDirectory?: string; // relative paths start here; the process's directory when absent
  readonly jobs?: Jobs; // instead of threads of its own; it is not closed with the repository
  readonly configPlace?: ConfigPlace; // of the user's tokens for servers; none are sent when absent
  readonly retryCount?: number; // further tries of a request to a server
  readonly offersFast?: boolean; // false: the standard protocol with every server
  readonly transfers?: number; // requests to a server at once
}

/** Returns the surroundings of verbs: threads, clock, where events go. */
export function contextOf(options: RepositoryOptions): OperationContext {
  return {
    jobs: options.jobs ?? new AdaptiveJobs(options.threadCount),
    clock: options.clock ?? systemClock,
    events: options.events ?? ignoreEvents,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}
