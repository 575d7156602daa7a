// Makes Node load the CommonJS files of dist/ with V8's code cache, which lies beside them: that starts fastest (docs/decisions/0002).
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname, join, sep } = require('node:path');
const { Script, constants } = require('node:vm');

const dist = join(__dirname, '..', 'dist') + sep;
const loadPlainly = Module._extensions['.js'];

/** Loads a file of dist/ with its code cache. V8 refuses the cache of another version and compiles as usual. */
function loadWithCache(module, filename) {
  const cachedData = filename.startsWith(dist) ? readCache(filename) : undefined;
  if (cachedData === undefined) {
    loadPlainly(module, filename);
    return;
  }
  const script = new Script(Module.wrap(readFileSync(filename, 'utf8')), {
    filename,
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const { exports } = module;
  const requireFrom = (id) => module.require(id);
  script
    .runInThisContext()
    .call(exports, exports, requireFrom, module, filename, dirname(filename));
}

function readCache(filename) {
  try {
    return readFileSync(`${filename}.cache`);
  } catch {
    return undefined;
  }
}

// With OXEN_DEBUG, Node itself loads the files, since it then shows places in the sources.
if (process.env.OXEN_DEBUG) process.setSourceMapsEnabled(true);
else Module._extensions['.cjs'] = loadWithCache;
