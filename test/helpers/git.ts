/** Runs git in a directory of its own, for tests that compare with it. */
import { spawnSync } from 'node:child_process';

/** The version of git that is installed, undefined when there is none. */
export const gitVersion: string | undefined = findVersion();

/** Runs git and returns its standard output and exit code. */
export function runGit(cwd: string, args: readonly string[], input: string | Uint8Array = '') {
  const { stdout, status } = spawnSync('git', args, {
    cwd,
    input,
    maxBuffer: 1 << 28,
    env: {
      ...process.env,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@b',
    },
  });
  return { output: stdout, status };
}

/** Returns a title that says why the tests under it are skipped, when they are. */
export function titleWithGit(title: string): string {
  return gitVersion === undefined ? `${title} (skipped: git is not installed)` : title;
}

function findVersion(): string | undefined {
  const { stdout, status } = spawnSync('git', ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
