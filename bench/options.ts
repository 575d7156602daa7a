/** The command line of the benches. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What to run and how. */
export interface BenchOptions {
  readonly isList: boolean;
  readonly isPublish: boolean;
  readonly isMicro: boolean; // the small benches too, or alone
  readonly isHelp: boolean;
  readonly cases: readonly string[]; // empty: all that are not optional
  readonly tools: readonly string[]; // empty: all that are present
  readonly once: readonly string[]; // starts of the names of tools that take part in the first round only
  readonly roundCount: number;
  readonly scale: number;
  readonly cache: string; // absolute
}

/** The text of --help. */
export const usage = `npm run bench -- [OPTIONS]

  --list             list cases, data sets and tools, and end
  --case NAME        run this case only; may be repeated; a trailing * selects a family
  --tool NAME        only these tools beside oxen; may be repeated (default: all that are found)
  --micro            run the small benches (tinybench) instead; with --case, only the named ones
  --rounds N         interleaved rounds per case (default 5)
  --once NAME        tools whose names start so take part in the first round only; may be repeated
  --scale X          shrink all data sets to the share X (default $SCALE or 1)
  --cache FOLDER     where data sets and working folders live (default $OXEN_BENCH_CACHE or .bench-cache)
  --publish          write the results at this scale into docs/benchmarks.md and draw the charts, and end

OXENAI_PYTHON, DVC and OXEN_BIN name another Python with oxenai, another dvc, another oxen; OXEN_SERVER names
the binary of the real server, without which the real pair is left out.`;

/**
 * Returns the options in `args`.
 * @throws Error when an option is unknown or no positive number stands where one is needed
 */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      list: { type: 'boolean', default: false },
      publish: { type: 'boolean', default: false },
      micro: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      case: { type: 'string', multiple: true, default: [] },
      tool: { type: 'string', multiple: true, default: [] },
      once: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '5' },
      scale: { type: 'string', default: env['SCALE'] ?? '1' },
      cache: { type: 'string', default: env['OXEN_BENCH_CACHE'] ?? '.bench-cache' },
    },
  });
  return {
    isList: values.list,
    isPublish: values.publish,
    isMicro: values.micro,
    isHelp: values.help,
    cases: values.case,
    tools: values.tool,
    once: values.once,
    roundCount: Math.ceil(positive(values.rounds, '--rounds')),
    scale: positive(values.scale, '--scale'),
    cache: resolve(join(values.cache)),
  };
}

function positive(text: string, name: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name} needs a positive number, not ${text}`);
  return value;
}
