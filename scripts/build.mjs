// Bundles the sources into dist/: one file per entry point, shared code in chunks, packages left outside.
// The types come from tsc and are only written with --types.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = (...parts) => join(root, 'src', ...parts);

const verbs = existsSync(source('commands'))
  ? readdirSync(source('commands'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => ({
        in: source('commands', file),
        out: join('commands', file.replace(/\.ts$/, '')),
      }))
  : [];
const entries = [
  { in: source('index.ts'), out: 'index' },
  { in: source('workers', 'worker.ts'), out: 'workers/worker' },
  { in: source('ui', 'main.ts'), out: 'main' },
  ...verbs,
].filter((entry) => existsSync(entry.in));

rmSync(join(root, 'dist'), { recursive: true, force: true });
if (entries.length > 0) {
  await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: 'dist',
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    chunkNames: 'chunks/[name]-[hash]',
    logLevel: 'warning',
  });
}
if (process.argv.includes('--types')) {
  execFileSync(
    process.execPath,
    [
      join(root, 'node_modules/typescript/bin/tsc'),
      '-p',
      'tsconfig.json',
      '--emitDeclarationOnly',
      '--outDir',
      'dist/types',
    ],
    { cwd: root, stdio: 'inherit' },
  );
}
