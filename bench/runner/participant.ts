/** One tool in one whole-command bench. */
import type { Step } from './step.js';

/** What a tool does in a bench. Only `steps` are measured. */
export interface Participant {
  readonly name: string;
  /** False when its exit leaves data in memory only; then the time of a `sync` is added for the durable comparison. */
  readonly isDurable: boolean;
  /** Where the result of the round lies, absolute: the size before and after is reported, and the sync happens there. */
  readonly stores: () => readonly string[];
  /** Read once right before each measured run. */
  readonly warm: () => readonly string[];
  /** Once, before the first round. */
  readonly prepare?: () => Promise<void> | void;
  /** Before each round, outside the measured time. */
  readonly before?: (round: number) => Promise<void> | void;
  readonly steps: () => readonly Step[];
  /** After each round that did not fail. */
  readonly after?: () => Promise<void> | void;
  /** After a round that failed, before the participant is left out. */
  readonly failed?: () => void;
  /** Once, after the last round, also when a round failed. */
  readonly finish?: () => Promise<void> | void;
}

/** One measured round of a participant. */
export interface Sample {
  readonly wallSeconds: number; // until the last command returned
  readonly flushSeconds: number; // the sync behind it
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
  readonly storeBytesBefore: number;
  readonly storeBytesAfter: number;
  readonly stepSeconds: Readonly<Record<string, number>>; // wall time by step label
}

/** All rounds of a participant, or the reason why there are none. */
export interface ParticipantResult {
  readonly name: string;
  readonly isDurable: boolean;
  readonly samples: readonly Sample[];
  readonly failure?: string;
}
