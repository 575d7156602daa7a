/** All tools the benches know. */
import { dvc } from './dvc.js';
import { git, gitLfs } from './git.js';
import { oxen } from './oxen.js';
import { cp, tar } from './plain-files.js';
import { realOxen, realOxenTuned } from './real-oxen.js';
import { restic } from './restic.js';
import type { Rival } from './rival.js';

/** Ours first, then the floor, then the others. */
export const rivals: readonly Rival[] = [
  oxen,
  tar,
  cp,
  git,
  gitLfs,
  restic,
  dvc,
  realOxen,
  realOxenTuned,
];
