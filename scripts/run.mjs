// Bundles a TypeScript tool of this repository (bench, demo) into dist/tools and runs it: Node 20 runs no .ts.
// Usage: node scripts/run.mjs TOOL [ARGUMENTS...]; the tool is TOOL/main.ts, its cases (if any) TOOL/cases/*.ts.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const [tool, ...args] = process.argv.slice(2);
if (tool === undefined || !existsSync(join(root, tool, 'main.ts'))) {
  console.error('Usage: node scripts/run.mjs TOOL [ARGUMENTS...], where TOOL/main.ts exists');
  process.exit(2);
}

const cases = join(root, tool, 'cases');
const caseFiles = existsSync(cases)
  ? readdirSync(cases)
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${tool}/cases/${file}`)
  : [];
const outdir = join('dist', 'tools', tool);
rmSync(join(root, outdir), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: [`${tool}/main.ts`, ...caseFiles],
  outbase: tool,
  outdir,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: 'linked',
  // The sources find what is built beside them, as they do in dist/chunks: one folder below dist.
  define: {
    'import.meta.url': JSON.stringify(pathToFileURL(join(root, 'dist', 'tools', 'tool.js')).href),
  },
  logLevel: 'warning',
});

const child = spawn(
  process.execPath,
  ['--enable-source-maps', join(root, outdir, 'main.js'), ...args],
  { cwd: root, stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 130));
