// Bundles the sources into dist/ and writes oclif's manifest and the manual pages. Loading a file takes Node 0.8 ms, so code is
// gathered into few chunks by what is used together, with the packages that every verb loads; all other packages stay
// outside (docs/decisions/0002). The types come from tsc, only with --types.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Plugin, settings } from '@oclif/core';
import { build } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Packages that every verb loads: as 35 files of their own they took as long as half of Node, as part of a chunk a third of that. */
const bundledPackages = new Set([
  'lmdb',
  'msgpackr',
  'ordered-binary',
  'weak-lru-cache',
  '@harperfast/extended-iterable',
  'ignore',
  'smol-toml',
]);

rmSync(join(root, 'dist'), { recursive: true, force: true });
await build({
  cwd: root,
  input: entryPoints(),
  platform: 'node',
  checks: { eval: false }, // ordered-binary compiles its key writer
  external: (id) => isPackage(id) && !bundledPackages.has(packageOf(id)),
  plugins: [findLmdbAtRunTime()],
  resolve: {
    extensionAlias: { '.js': ['.ts', '.js'] },
    // The form without its native addon, which only speeds up msgpack; LMDB is used with plain bytes.
    alias: { msgpackr: join(root, 'node_modules/msgpackr/index.js') },
  },
  transform: { target: 'node20' },
  output: {
    dir: 'dist',
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    codeSplitting: {
      groups: [
        // What every verb needs before it calls the engine, with the helpers that the compiler adds.
        { name: 'shell', test: /src\/(ui|core\/model)\/|@oxc-project/, minShareCount: 2 },
        // Names the file of the threads by its own place, so it must not move into an entry point.
        { name: 'threads', test: /src\/workers\/pool\.ts$/ },
        // What the library, the threads and the server share.
        { name: 'engine', test: /src\/(core|workers)\//, minShareCount: 2 },
      ],
    },
  },
});
checkThreadFile();
writeLicences();
const manifest = await writeManifest();
await writeManPages(manifest);
if (process.argv.includes('--types')) writeTypes();

/** Returns the entry points by their names in dist/: those that exist already. */
function entryPoints() {
  const verbs = readdirSync(join(root, 'src/commands'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replace(/\.ts$/, ''));
  const entries = {
    index: 'src/index.ts',
    'workers/worker': 'src/workers/worker.ts',
    main: 'src/ui/main.ts',
    help: 'src/ui/help.ts',
    'unknown-verb': 'src/ui/unknown-verb.ts',
    'man-pages': 'src/ui/man-pages.ts',
    ...Object.fromEntries(verbs.map((verb) => [`commands/${verb}`, `src/commands/${verb}.ts`])),
  };
  return Object.fromEntries(
    Object.entries(entries).filter(([, file]) => existsSync(join(root, file))),
  );
}

/** Says whether an import names a package, and not a file or one of rolldown's own helpers. */
function isPackage(id) {
  return !id.startsWith('.') && !id.startsWith('/') && !id.startsWith('@oxc-project/runtime');
}

function packageOf(id) {
  return id.split('/', id.startsWith('@') ? 2 : 1).join('/');
}

/** LMDB looks for its addon beside its own files: tell it where these are, since its code now lies elsewhere. */
function findLmdbAtRunTime() {
  const replacements = [
    ["import { fileURLToPath } from 'node:url';", "import { createRequire } from 'node:module';"],
    [
      "import loadNAPI from 'node-gyp-build-optional-packages';",
      `const lmdbFile = createRequire(import.meta.url).resolve('lmdb');
const loadNAPI = createRequire(lmdbFile)('node-gyp-build-optional-packages');`,
    ],
    ['dirname(fileURLToPath(import.meta.url))', 'dirname(lmdbFile)'],
  ];
  return {
    name: 'find-lmdb-at-run-time',
    transform(code, file) {
      if (!file.endsWith('/lmdb/native.js')) return null;
      const changed = replacements.reduce((text, [before, after]) => {
        if (!text.includes(before)) throw new Error(`lmdb/native.js has changed: ${before}`);
        return text.replace(before, after);
      }, code);
      return { code: changed, map: { mappings: '' } };
    },
  };
}

/** Writes the licences of the packages whose code is part of dist/. */
function writeLicences() {
  const texts = [...bundledPackages].map((name) => {
    const directory = join(root, 'node_modules', name);
    const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
    const { author, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    const text =
      file === undefined
        ? `${license}, by ${author?.name ?? author}`
        : readFileSync(join(directory, file), 'utf8');
    return `${name}\n${'='.repeat(name.length)}\n${text.trim()}\n`;
  });
  writeFileSync(join(root, 'dist/third-party-licences.txt'), texts.join('\n'));
}

/** The pool finds the file of the threads two directories below the root, in src/ as in dist/: hold that. */
function checkThreadFile() {
  for (const file of readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' })) {
    if (
      !file.endsWith('.js') ||
      !readFileSync(join(root, 'dist', file), 'utf8').includes('workers/worker.js')
    )
      continue;
    if (!file.startsWith('chunks')) throw new Error(`dist/${file} would not find the worker file`);
  }
}

/** Writes what oclif knows about the verbs, as `oclif manifest` does: help then imports no verb file. */
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
async function writeManPages({ commands, version }) {
  const { manPages } = await import(pathToFileURL(join(root, 'dist/man-pages.js')).href);
  const verbs = Object.values(commands).filter((verb) => !verb.hidden);
  mkdirSync(join(root, 'dist/man'), { recursive: true });
  for (const [file, text] of manPages(verbs, version)) {
    writeFileSync(join(root, 'dist/man', file), text);
  }
}

function writeTypes() {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const options = ['-p', 'tsconfig.json', '--emitDeclarationOnly', '--outDir', 'dist/types'];
  execFileSync(process.execPath, [compiler, ...options], { cwd: root, stdio: 'inherit' });
}
