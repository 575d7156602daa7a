/** What a running verb tells its caller: progress, and notes about single paths. The engine never prints. */

/** The phases that verbs report, in the order in which they may occur. */
export type Phase =
  | 'scan'
  | 'add'
  | 'compare'
  | 'tree'
  | 'store'
  | 'checkout'
  | 'verify'
  | 'push'
  | 'fetch'
  | 'collect'
  | 'save'
  | 'load';

/** Counters of a phase so far; totals are absent while they are not known. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly phase: Phase;
  readonly fileCount: number;
  readonly sizeBytes: number;
  readonly totalFileCount?: number;
  readonly totalSizeBytes?: number;
}

/** Something the user should know about one path, which does not stop the verb. */
export interface NoteEvent {
  readonly type: 'note';
  readonly path: string; // shown form, escaped where the name is not valid UTF-8
  readonly message: string; // a sentence part, for example `skipped: it is a symbolic link`
}

/** Any event. */
export type OxenEvent = ProgressEvent | NoteEvent;

/** Receives the events of a verb; called on the calling thread, must return soon. */
export type EventSink = (event: OxenEvent) => void;

/** A sink that drops everything. */
export const ignoreEvents: EventSink = () => {};
