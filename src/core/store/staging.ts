/** The staging area: what the next commit changes, as staged runs by directory. Area 0 belongs to the working tree. */
import { type StagedRun, stagedRunCodec } from '../format/staged-run.js';
import type { StoreEnvironment } from './environment.js';
import { RunTable } from './run-table.js';

/** Staged entries of one area. */
export class Staging extends RunTable<StagedRun> {
  constructor(environment: StoreEnvironment, area = 0) {
    super(environment, 'staged', stagedRunCodec, area);
  }
}
