/**
 * The port between verbs and threads: what may run on a thread, as types only. `workers` implements it twice, on Piscina
 * threads and on the calling thread, with equal results. The values are in `model/jobs`.
 */
import type {
  BuildDirsInput,
  BuiltDirectory,
  CompareInput,
  DirectoryComparison,
  DirectoryListing,
  EncodeDirsInput,
  EncodeDirsOutput,
  HashFilesInput,
  HashFilesOutput,
  IngestBatch,
  IngestBatchOutput,
  IngestLargeInput,
  IngestLargeOutput,
  MaterialiseInput,
  MaterialiseOutput,
  ScanInput,
  VerifyPackInput,
  VerifyPackOutput,
} from './model/jobs.js';

/** Every job by its name: input and output. */
export interface JobTable {
  readonly scan: { input: ScanInput; output: readonly DirectoryListing[] };
  readonly ingest: { input: IngestBatch; output: IngestBatchOutput };
  readonly ingestLarge: { input: IngestLargeInput; output: IngestLargeOutput };
  readonly compareDirs: { input: CompareInput; output: readonly DirectoryComparison[] };
  readonly hashFiles: { input: readonly HashFilesInput[]; output: readonly HashFilesOutput[] };
  readonly materialise: {
    input: readonly MaterialiseInput[];
    output: readonly MaterialiseOutput[];
  };
  readonly buildDirs: { input: BuildDirsInput; output: readonly BuiltDirectory[] };
  readonly encodeDirs: { input: EncodeDirsInput; output: EncodeDirsOutput };
  readonly verifyPack: { input: VerifyPackInput; output: VerifyPackOutput };
}

/** The name of a job. */
export type JobName = keyof JobTable;

/** Runs jobs, on threads or on the calling thread. */
export interface Jobs {
  /** Number of jobs that really run at once; 1 when they run on the calling thread. */
  readonly parallelism: number;
  /**
   * Runs one job.
   * @throws OxenError what the job threw; OperationError when its thread died
   */
  run<Name extends JobName>(
    name: Name,
    input: JobTable[Name]['input'],
  ): Promise<JobTable[Name]['output']>;
  /** Ends the threads; running jobs are finished first. */
  close(): Promise<void>;
}
