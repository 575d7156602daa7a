/**
 * The port between verbs and threads: what may run on a thread, as types only. `workers` implements it twice, on Piscina
 * threads and on the calling thread, with equal results. The values are in `model/jobs` and
 * `model/arrival-jobs`.
 */
import type {
  CarryOutInput,
  CarryOutOutput,
  HashPiecesInput,
  HashPiecesOutput,
  StoreChunksInput,
  StoreChunksOutput,
  StoreContentsInput,
  StoreContentsOutput,
  StoreRecordsInput,
  StoreRecordsOutput,
} from './model/arrival-jobs.js';
import type {
  BuildDirsInput,
  BuiltDirectory,
  CompareInput,
  CopyRecordsInput,
  CopyRecordsOutput,
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
  readonly copyRecords: { input: CopyRecordsInput; output: CopyRecordsOutput };
  readonly verifyPack: { input: VerifyPackInput; output: VerifyPackOutput };
  readonly storeContents: { input: StoreContentsInput; output: StoreContentsOutput };
  readonly storeChunks: { input: StoreChunksInput; output: StoreChunksOutput };
  readonly storeRecords: { input: StoreRecordsInput; output: StoreRecordsOutput };
  readonly carryOut: { input: CarryOutInput; output: CarryOutOutput };
  readonly hashPieces: { input: HashPiecesInput; output: HashPiecesOutput };
}

/** The name of a job. */
export type JobName = keyof JobTable;

/** Runs jobs, on threads or on the calling thread. */
export interface Jobs {
  /** Number of jobs that really run at once; 1 when they run on the calling thread. */
  readonly parallelism: number;
  /**
   * Runs one job.
   * @param transfer buffers of the input that are given away: threads get them instead of a copy
   * @throws OxenError what the job threw; OperationError when its thread died
   */
  run<Name extends JobName>(
    name: Name,
    input: JobTable[Name]['input'],
    transfer?: readonly ArrayBuffer[],
  ): Promise<JobTable[Name]['output']>;
  /** Ends the threads; running jobs are finished first. */
  close(): Promise<void>;
}
