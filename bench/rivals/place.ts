/** Where a tool works in a bench: a folder that holds `data`, and a home of its own for its settings. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Step } from '../runner/step.js';

/** A working folder and the environment of the commands run in it. */
export interface Place {
  readonly root: string; // absolute; holds `data` and, while a bench runs, the stores
  readonly env: NodeJS.ProcessEnv;
}

/** Returns a step that runs `argv` in the root of `place`. */
export function stepIn(place: Place, label: string, argv: readonly string[]): Step {
  return { label, argv, cwd: place.root, env: place.env };
}

/** Returns the environment for all tools: a home below the cache, no prompts, no telemetry, no system settings. */
export function toolEnvironment(cache: string): NodeJS.ProcessEnv {
  const home = join(cache, 'home');
  const config = join(home, '.config', 'oxen');
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, 'user_config.toml'), 'name = "Bench"\nemail = "bench@example.com"\n');
  writeFileSync(join(config, 'auth_config.toml'), 'host_configs = []\n');
  // A collection in the background would run into the next participant's round.
  writeFileSync(
    join(home, '.gitconfig'),
    '[user]\n\tname = Bench\n\temail = bench@example.com\n[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n',
  );
  return {
    ...process.env,
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    DVC_NO_ANALYTICS: '1',
    DVC_SITE_CACHE_DIR: join(home, '.dvc'),
    RESTIC_PASSWORD: 'bench',
    NO_COLOR: '1',
    PYTHONDONTWRITEBYTECODE: '1',
  };
}
