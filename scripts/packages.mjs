// Which packages become part of dist/. Packages that every verb loads do: as 35 files of their own they take as long to load as half
// of Node, as part of a chunk a third of that. All others stay outside.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const names = [
  'lmdb',
  'msgpackr',
  'ordered-binary',
  'weak-lru-cache',
  '@harperfast/extended-iterable',
  'ignore',
  'smol-toml',
  'diff',
  'p-limit', // an ES module only, which CommonJS of Node 20 cannot load without a warning
  'yocto-queue', // of p-limit
];

/** Says whether what an import names becomes part of dist/: our files, the packages above, rolldown's own helpers. */
export function isBundled(id) {
  if (id.startsWith('.') || id.startsWith('/') || id.startsWith('@oxc-project/runtime'))
    return true;
  return names.includes(id.split('/', id.startsWith('@') ? 2 : 1).join('/'));
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

/** Writes the licences of the packages whose code is part of dist/. */
export function writeLicences(root, dist) {
  const texts = names.map((name) => {
    const directory = join(root, 'node_modules', name);
    const { author, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
    const text =
      file === undefined
        ? `${license}, by ${author?.name ?? author}`
        : readFileSync(join(directory, file), 'utf8').trim();
    return `${name}\n${'='.repeat(name.length)}\n${text}\n`;
  });
  writeFileSync(join(dist, 'third-party-licences.txt'), texts.join('\n'));
}
