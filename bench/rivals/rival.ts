/**
 * What a tool can do, so that a bench can be written once for all of them. Each verb returns the commands; nothing
 * is run here. A verb that a tool lacks is absent, and the benches of that verb leave the tool out.
 */
import type { Step } from '../runner/step.js';
import type { Place } from './place.js';

/** A tool under test. */
export interface Rival {
  readonly name: string;
  /** True when what it wrote survives power loss once it has returned. */
  readonly isDurable: boolean;
  /** Names below the root where its data lies: store, archive or copy. */
  readonly stores: readonly string[];
  /** Returns the version, or undefined when the tool is not on this machine. */
  readonly version: (env: NodeJS.ProcessEnv) => string | undefined;

  /** From nothing to the first recorded version of `data`: init + add + commit. */
  readonly record: (place: Place) => readonly Step[];
  /** Records a version in which only `path`, relative to the root, has changed; or all of `data` when it is not given. */
  readonly recordChange?: (place: Place, path?: string) => readonly Step[];
  /** What has changed since the last recorded version? */
  readonly status?: (place: Place) => readonly Step[];
  readonly checkout?: Checkout;
}

/** A tool that writes recorded versions back. */
export type RestoringRival = Rival & { readonly checkout: Checkout };

/** Writing a recorded version into an empty working tree. */
export interface Checkout {
  /** Records `data`, so that `leave` and `enter` work; not measured. */
  readonly prepare: (place: Place) => readonly Step[];
  /** Takes `data` away again; not measured. */
  readonly leave: (place: Place) => readonly Step[];
  /** Writes all of `data`. */
  readonly enter: (place: Place) => readonly Step[];
}
