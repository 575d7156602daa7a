// Which packages become part of dist/. Packages that every verb loads do: as 35 files of their own they take as long to load as half
// of Node, as part of a chunk a third of that. In CommonJS those do that are ES modules only, because Node 20 warns when one is
// required. All others stay outside.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';

const loadedByEveryVerb = new Set([
  'lmdb',
  'msgpackr',
  'ordered-binary',
  'weak-lru-cache',
  '@harperfast/extended-iterable',
  'ignore',
  'smol-toml',
  'diff',
]);

/** Says whether what the file `importer` imports as `id` becomes part of dist/: our files, rolldown's helpers, packages as above. */
export function isBundled(id, importer, format) {
  if (isBuiltin(id)) return false;
  if (id.startsWith('.') || id.startsWith('/') || id.startsWith('@oxc-project/runtime'))
    return true;
  const name = id.split('/', id.startsWith('@') ? 2 : 1).join('/');
  return loadedByEveryVerb.has(name) || (format === 'cjs' && isModuleOnly(id, importer));
}

function isModuleOnly(id, importer) {
  try {
    const file = createRequire(importer).resolve(id);
    if (/\.[cm]js$/.test(file)) return file.endsWith('.mjs');
    return JSON.parse(readFileSync(nearestPackageFile(file), 'utf8')).type === 'module';
  } catch (error) {
    if (error.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error;
    return true;
  }
}

function nearestPackageFile(file) {
  const candidate = join(dirname(file), 'package.json');
  return existsSync(candidate) ? candidate : nearestPackageFile(dirname(file));
}

/** Returns the files that stand for packages: msgpackr without its addon, which LMDB does not need for plain bytes. */
export function bundledPackages(root) {
  return { msgpackr: join(root, 'node_modules/msgpackr/index.js') };
}

/** LMDB looks for its addon beside its own files: tells it where these are, since its code now lies elsewhere. */
export function lmdbLoader() {
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
    name: 'lmdb-loader',
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

/** Writes the licences of the packages among the files `modules`, whose code is part of dist/. */
export function writeLicences(modules, dist) {
  const directories = modules.flatMap(
    (file) => file.match(/.*\/node_modules\/(@[^/]+\/)?[^/]+/) ?? [],
  );
  const packages = [...new Set(directories.filter((path) => path?.startsWith('/')))].sort();
  writeFileSync(join(dist, 'third-party-licences.txt'), packages.map(describeLicence).join('\n'));
}

function describeLicence(directory) {
  const { name, version, author, license } = JSON.parse(
    readFileSync(join(directory, 'package.json'), 'utf8'),
  );
  const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
  const text =
    file === undefined
      ? `${license}, by ${author?.name ?? author}`
      : readFileSync(join(directory, file), 'utf8').trim();
  const title = `${name} ${version}`;
  return `${title}\n${'='.repeat(title.length)}\n${text}\n`;
}
