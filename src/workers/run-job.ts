/** Which function does which job. The same table serves threads and the calling thread; they differ in how long they keep a store open. */
import type { JobName, JobTable } from '../core/jobs.js';
import { copyRecords } from '../core/store/copy-records.js';
import type { StoreEnvironment } from '../core/store/environment.js';
import { storeChunks } from '../core/store/store-chunks.js';
import { storeContents } from '../core/store/store-contents.js';
import { hashPieces, storeRecords } from '../core/store/store-records.js';
import { verifyPack } from '../core/store/verify-pack.js';
import { buildDirectories } from '../core/tree/build.js';
import { encodeDirectories } from '../core/tree/encode-job.js';
import { compareDirectories } from '../core/worktree/compare.js';
import { hashFiles } from '../core/worktree/hash-files.js';
import { ingestBatch } from '../core/worktree/ingest.js';
import { ingestLargeFile } from '../core/worktree/ingest-large.js';
import { materialiseBatch } from '../core/worktree/materialise.js';
import { scanDirectories } from '../core/worktree/scan.js';
import type { StoredContents } from '../core/worktree/stored-contents.js';

/** What a job may need beside its input. */
export interface JobResources {
  /** Gives `use` the stored contents of an environment; nothing when there is no path. */
  withContents<Result>(
    databasePath: string | undefined,
    use: (contents: { readonly contents?: StoredContents }) => Result | Promise<Result>,
  ): Promise<Result>;
  /** Gives `use` an environment that is open for writing. */
  withEnvironment<Result>(
    databasePath: string,
    use: (environment: StoreEnvironment) => Result | Promise<Result>,
  ): Promise<Result>;
}

type Output<Name extends JobName> = JobTable[Name]['output'];

const jobs: {
  readonly [Name in JobName]: (
    input: JobTable[Name]['input'],
    resources: JobResources,
  ) => Output<Name> | Promise<Output<Name>>;
} = {
  scan: (input) => scanDirectories(input),
  ingest: (input, resources) =>
    resources.withContents(input.items[0]?.databasePath, (contents) =>
      ingestBatch(input, contents),
    ),
  ingestLarge: (input, resources) =>
    resources.withContents(input.databasePath, (contents) => ingestLargeFile(input, contents)),
  compareDirs: (input) => compareDirectories(input),
  hashFiles: (inputs) => inputs.map((input) => hashFiles(input)),
  materialise: (inputs) => materialiseBatch(inputs),
  buildDirs: (input) => buildDirectories(input),
  encodeDirs: (input) => encodeDirectories(input),
  copyRecords: (input) => copyRecords(input),
  verifyPack: (input) => verifyPack(input),
  storeContents: (input) => storeContents(input),
  storeChunks: (input, resources) =>
    resources.withContents(input.databasePath, ({ contents }) =>
      storeChunks(input, (hash) => contents?.hasChunk(hash) === true),
    ),
  storeRecords: (input) => storeRecords(input),
  carryOut: (input, resources) =>
    resources.withEnvironment(input.databasePath, (environment) => ({
      isDone: environment.carryOut(input),
    })),
  hashPieces: (input) => hashPieces(input),
};

/**
 * Does one job on the calling thread.
 * @throws OxenError when the job as a whole failed; what failed for single files is in the output
 */
export async function runJob<Name extends JobName>(
  name: Name,
  input: JobTable[Name]['input'],
  resources: JobResources,
): Promise<Output<Name>> {
  const job: (
    input: JobTable[Name]['input'],
    resources: JobResources,
  ) => Output<Name> | Promise<Output<Name>> = jobs[name];
  return job(input, resources);
}
