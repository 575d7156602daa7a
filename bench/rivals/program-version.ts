/** Asks a program for its version. */
import { spawnSync } from 'node:child_process';

/** Returns the first line that the program prints, or undefined when it cannot be run. */
export function programVersion(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const [program = '', ...args] = argv;
  const { status, stdout } = spawnSync(program, args, { env, encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) return undefined;
  return stdout.split('\n')[0]?.trim();
}
