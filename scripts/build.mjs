// Builds dist/: the library as ES modules, the command line and the threads as CommonJS with V8's code cache, because that starts
// fastest (docs/decisions/0002); then oclif's manifest and the manual pages. The types come from tsc, only with --types.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Plugin, settings } from '@oclif/core';
import { build } from 'rolldown';
import { writeCodeCache } from './code-cache.mjs';
import { bundledPackages, isBundled, lmdbLoader, writeLicences } from './packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const require = createRequire(import.meta.url);

/** What lies together: a file takes 0.3 to 0.8 ms to load, whatever its size. */
const chunkGroups = [
  // What every verb needs before it calls the engine, with the helpers that the compiler adds.
  { name: 'shell', test: /src\/(ui|core\/model)\/|@oxc-project/, minShareCount: 2 },
  // Names the file of the threads by its own place, so it must not move into an entry point.
  { name: 'threads', test: /src\/workers\/pool\.ts$/ },
  // What the library, the threads and the server share.
  { name: 'engine', test: /src\/(core|workers)\//, minShareCount: 2 },
];

rmSync(dist, { recursive: true, force: true });
const library = await bundle('esm', '.js', { index: 'src/index.ts' });
// By itself, so that a thread loads only what it needs.
const threads = await bundle('cjs', '.cjs', { 'workers/worker': 'src/workers/worker.ts' });
const commandLine = await bundle('cjs', '.cjs', {
  main: 'src/ui/main.ts',
  help: 'src/ui/help.ts',
  'unknown-verb': 'src/ui/unknown-verb.ts',
  'man-pages': 'src/ui/man-pages.ts',
  ...verbs(),
});
checkThreadFile();
writeCodeCache(dist);
writeLicences([...library, ...threads, ...commandLine], dist);
writeManPages(await writeManifest());
if (process.argv.includes('--types')) writeTypes();

/** Bundles entry points, given as output name and source, into dist/; returns the files that went in. */
async function bundle(format, extension, entries) {
  const { output } = await build({
    cwd: root,
    input: Object.fromEntries(
      Object.entries(entries).filter(([, file]) => existsSync(join(root, file))),
    ),
    platform: 'node',
    checks: { eval: false }, // ordered-binary compiles its key writer
    external: (id, importer) => !isBundled(id, importer, format),
    plugins: [lmdbLoader()],
    resolve: {
      extensionAlias: { '.js': ['.ts', '.js'] },
      alias: bundledPackages(root),
    },
    transform: { target: 'node20' },
    output: {
      dir: 'dist',
      format,
      exports: 'named',
      dynamicImportInCjs: false, // `import()` would start the loader of ES modules, which takes 5 ms
      sourcemap: true,
      entryFileNames: `[name]${extension}`,
      chunkFileNames: `chunks/[name]-[hash]${extension}`,
      codeSplitting: { groups: chunkGroups },
    },
  });
  return output.flatMap((chunk) => chunk.moduleIds ?? []);
}

/** Returns the entry points of the verbs: every file in src/commands. */
function verbs() {
  const files = readdirSync(join(root, 'src/commands'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replace(/\.ts$/, ''));
  return Object.fromEntries(files.map((verb) => [`commands/${verb}`, `src/commands/${verb}.ts`]));
}

/** The pool finds the file of the threads two directories below the root, in src/ as in dist/: hold that. */
function checkThreadFile() {
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (!/\.c?js$/.test(file) || file.startsWith('chunks')) continue;
    if (readFileSync(join(dist, file), 'utf8').includes('../../bin/thread.js')) {
      throw new Error(`dist/${file} would not find the worker file`);
    }
  }
}

/** Writes what oclif knows about the verbs, as `oclif manifest` does: help then loads no verb file. */
async function writeManifest() {
  settings.enableAutoTranspile = false;
  const plugin = new Plugin({
    errorOnManifestCreate: true,
    ignoreManifest: true,
    respectNoCacheDefault: true,
    root,
    type: 'core',
  });
  await plugin.load();
  writeFileSync(join(root, 'oclif.manifest.json'), JSON.stringify(plugin.manifest, null, 2));
  return plugin.manifest;
}

/** Writes a manual page for oxen and for each verb into dist/man. */
function writeManPages({ commands, version }) {
  const { manPages } = require(join(dist, 'man-pages.cjs'));
  const visible = Object.values(commands).filter((verb) => !verb.hidden);
  mkdirSync(join(dist, 'man'), { recursive: true });
  for (const [file, text] of manPages(visible, version)) {
    writeFileSync(join(dist, 'man', file), text);
  }
}

function writeTypes() {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const options = ['-p', 'tsconfig.json', '--emitDeclarationOnly', '--outDir', 'dist/types'];
  execFileSync(process.execPath, [compiler, ...options], { cwd: root, stdio: 'inherit' });
}
