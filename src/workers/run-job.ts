/** Which function does which job. The same table serves threads and the calling thread. */
import type { JobName, JobTable } from '../core/jobs.js';
import { verifyPack } from '../core/store/verify-pack.js';
import { buildDirectories } from '../core/tree/build.js';
import { encodeDirectories } from '../core/tree/encode-job.js';
import { compareDirectories } from '../core/worktree/compare.js';
import { hashFiles } from '../core/worktree/hash-files.js';
import { ingestBatch } from '../core/worktree/ingest.js';
import { ingestLargeFile } from '../core/worktree/ingest-large.js';
import { materialiseBatch } from '../core/worktree/materialise.js';
import { scanDirectories } from '../core/worktree/scan.js';

const jobs: {
  readonly [Name in JobName]: (input: JobTable[Name]['input']) => JobTable[Name]['output'];
} = {
  scan: scanDirectories,
  ingest: ingestBatch,
  ingestLarge: ingestLargeFile,
  compareDirs: compareDirectories,
  hashFiles: (inputs) => inputs.map((input) => hashFiles(input)),
  materialise: (inputs) => materialiseBatch(inputs),
  buildDirs: buildDirectories,
  encodeDirs: encodeDirectories,
  verifyPack,
};

/**
 * Does one job on the calling thread.
 * @throws OxenError when the job as a whole failed; what failed for single files is in the output
 */
export function runJob<Name extends JobName>(
  name: Name,
  input: JobTable[Name]['input'],
): JobTable[Name]['output'] {
  const job: (input: JobTable[Name]['input']) => JobTable[Name]['output'] = jobs[name];
  return job(input);
}
