// V8's code cache: what the compiler made of each CommonJS file of dist/, written beside it. bin/run.js hands it to V8, which then
// compiles nothing; another version of Node refuses it and compiles as usual.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';

/** Writes a file `<name>.cjs.cache` for every `<name>.cjs` below `directory`. */
export function writeCodeCache(directory) {
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.cjs')) continue;
    const file = join(directory, name);
    const script = new Script(Module.wrap(readFileSync(file, 'utf8')), { filename: file });
    writeFileSync(`${file}.cache`, script.createCachedData());
  }
}
