/** What all requests of a server share. */
import type { Jobs } from '../core/jobs.js';
import type { Clock } from '../core/model/clock.js';
import type { ServedDirectory } from '../core/store/served-directory.js';
import type { FrameBuffers } from '../core/wire/fast/frame-buffers.js';
import type { Metrics } from './metrics.js';
import type { RepositoryPool } from './repositories.js';
import type { UploadTable } from './uploads.js';

/** What a server allows. */
export interface ServerLimits {
  readonly maxBodyBytes: number; // of one request
  readonly maxHeaderBytes: number; // of one request
  readonly maxConnections: number;
  readonly maxOpenRepositories: number;
  readonly headerTimeoutMs: number; // until a connection has brought the headers of its request
  readonly idleTimeoutMs: number; // of a connection on which nothing moves, and of a body that hardly does
  readonly requestsPerSecond: number; // from one address, in the long run; Infinity: no limit
  readonly stopTimeoutMs: number; // how long a stop waits for requests
}

/** The surroundings of every handler. */
export interface ServerContext {
  readonly directory: ServedDirectory;
  readonly repositories: RepositoryPool;
  readonly uploads: UploadTable;
  readonly metrics: Metrics;
  readonly jobs: Jobs;
  readonly frameBuffers: FrameBuffers;
  readonly clock: Clock;
  readonly allowPlainForce: boolean;
  /** Returns a random id. */
  makeId(): string;
}
