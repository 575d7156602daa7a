/** One command of a measured run, and what it cost. */

/** A command to run as a child process. */
export interface Step {
  readonly label: string; // for the report: `add`, `commit`, ...
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** The command measures itself, without its start-up, and writes `{wallSeconds, cpuSeconds}` to the file `$BENCH_REPORT`. */
  readonly isSelfTimed?: boolean;
  /** Runs the command so many times and reports the mean; for commands of a few milliseconds. */
  readonly repeatCount?: number;
  /** Processes that work for the command, such as a server: their CPU time is added, their memory counted. */
  readonly companionPids?: readonly number[];
}

/** The cost of a step or, added up, of a run. */
export interface Usage {
  readonly wallSeconds: number;
  readonly cpuSeconds: number; // user + system, of the whole process tree
  readonly peakRssBytes: number; // of the process tree; resident pages shared by two processes count twice
}

/** Returns the cost of steps that ran one after the other. */
export function addUsage(usages: readonly Usage[]): Usage {
  return {
    wallSeconds: usages.reduce((sum, usage) => sum + usage.wallSeconds, 0),
    cpuSeconds: usages.reduce((sum, usage) => sum + usage.cpuSeconds, 0),
    peakRssBytes: Math.max(0, ...usages.map((usage) => usage.peakRssBytes)),
  };
}
