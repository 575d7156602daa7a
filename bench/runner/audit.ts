/**
 * Checks before the benches that ours earns its figures: that a commit syncs what it wrote, and that a checkout
 * looks at what it restores. A run that skips either is void, and the report says so.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { seededBytes } from '../data/seeded-bytes.js';
import { oxenCommand } from '../rivals/oxen.js';
import { freshFolder } from './fresh-folder.js';

/** One check. */
export interface AuditFinding {
  readonly what: string;
  readonly outcome: 'pass' | 'fail' | 'not checked';
  readonly detail: string;
}

/** Returns the findings about ours; both checks work in a small repository below `cache`. */
export function auditOxen(cache: string, env: NodeJS.ProcessEnv): AuditFinding[] {
  const root = freshFolder(cache, 'audit');
  try {
    mkdirSync(join(root, 'data'));
    const nextBytes = seededBytes('audit');
    for (let file = 0; file < 10; file += 1) {
      writeFileSync(join(root, 'data', `${file}.bin`), nextBytes(100_000));
    }
    return [auditSyncs(root, env), auditVerification(root, env)];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function auditSyncs(root: string, env: NodeJS.ProcessEnv): AuditFinding {
  const what = 'add and commit sync what they write';
  if (spawnSync('strace', ['-V']).status !== 0) {
    return { what, outcome: 'not checked', detail: 'strace is not installed' };
  }
  run(root, env, ['init']);
  const counts = [
    ['add', 'data'],
    ['commit', '-m', 'audit'],
  ].map((args) => {
    const trace = join(root, 'trace');
    const calls = 'trace=fsync,fdatasync,msync,sync_file_range,syncfs';
    const traced = ['-f', '-o', trace, '-e', calls, ...oxenCommand, ...args];
    const result = spawnSync('strace', traced, { cwd: root, env, encoding: 'utf8' });
    const lines = spawnSync('grep', ['-cE', '(fsync|fdatasync)\\(', trace], { encoding: 'utf8' });
    rmSync(trace, { force: true });
    return result.status === 0 ? Number(lines.stdout) : 0;
  });
  const [addCount = 0, commitCount = 0] = counts;
  const detail = `${addCount} syncs in add, ${commitCount} in commit`;
  return { what, outcome: addCount > 0 && commitCount > 0 ? 'pass' : 'fail', detail };
}

function auditVerification(root: string, env: NodeJS.ProcessEnv): AuditFinding {
  const what = 'a damaged content is refused by checkout';
  const packs = join(root, '.oxen', 'versions', 'packs');
  const names = existsSync(packs) ? readdirSync(packs) : [];
  const pack = names.find((name) => name.endsWith('.pack'));
  if (pack === undefined) return { what, outcome: 'not checked', detail: 'no pack was found' };
  flipByte(join(packs, pack), 50_000);
  rmSync(join(root, 'data'), { recursive: true });
  const restored = run(root, env, ['restore', '.']);
  const detail = `restore ended with exit code ${restored.status}`;
  return { what, outcome: restored.status === 0 ? 'fail' : 'pass', detail };
}

function run(root: string, env: NodeJS.ProcessEnv, args: readonly string[]) {
  const [program = '', ...first] = oxenCommand;
  return spawnSync(program, [...first, ...args], { cwd: root, env, encoding: 'utf8' });
}

function flipByte(path: string, offset: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, offset);
  writeSync(file, Buffer.from([~(byte[0] ?? 0) & 0xff]), 0, 1, offset);
  closeSync(file);
}
