/** The flag that names the directory a server serves, shared by the verbs of the server. */
import type { Environment } from './colour.js';
import { Flags } from './declarations.js';

/** The flag `--dir`. */
export const servedDirectoryFlag = {
  dir: Flags.string({
    description: 'Directory with the repositories (SYNC_DIR); ./data when absent.',
  }),
};

/** Returns the directory: of the flag, of the environment, or the default. */
export function servedDirectoryOf(flag: string | undefined, environment: Environment): string {
  const fromEnvironment = environment['SYNC_DIR'];
  if (flag !== undefined) return flag;
  return fromEnvironment === undefined || fromEnvironment === '' ? './data' : fromEnvironment;
}
