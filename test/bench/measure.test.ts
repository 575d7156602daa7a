import { describe, expect, test } from 'vitest';
import { measure } from '../../bench/runner/measure.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const cwd = temporaryDirectory();
const node = (script: string) => ({
  label: 'node',
  argv: [process.execPath, '-e', script],
  cwd,
  env: process.env,
});

// Uses about 40 ms of CPU time and 200 MiB of memory.
const work =
  'const b = Buffer.alloc(2e8, 1); for (const s = process.cpuUsage(); process.cpuUsage(s).user < 4e4;); b[0];';

describe('measure', () => {
  test('counts the time and the memory of child processes of the command', async () => {
    const script = `require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(work)}])`;
    const usage = await measure(node(script));
    expect(usage.cpuSeconds).toBeGreaterThan(0.04);
    expect(usage.wallSeconds).toBeGreaterThan(0.04);
    expect(usage.peakRssBytes).toBeGreaterThan(2e8);
  });

  test('takes the figures of a command that times itself', async () => {
    const script =
      'require("node:fs").writeFileSync(process.env.BENCH_REPORT, JSON.stringify({ wallSeconds: 7, cpuSeconds: 8 }))';
    const usage = await measure({ ...node(script), isSelfTimed: true });
    expect(usage).toMatchObject({ wallSeconds: 7, cpuSeconds: 8 });
  });

  test('fails with the output of a command that fails', async () => {
    const script = 'console.error("no such thing"); process.exit(3)';
    await expect(measure(node(script))).rejects.toThrow('node failed (exit 3): no such thing');
  });
});
