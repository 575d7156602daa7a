// Compiles the hash kernel (AssemblyScript) and writes its bytes as base64 into src/core/format/kernel/kernel-wasm.ts.
// With --check nothing is written: the exit code says whether the checked-in bytes are what the sources give.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = fileURLToPath(new URL('../src/core/format/kernel/kernel-wasm.ts', import.meta.url));
const entry = 'src/core/format/kernel/assembly/kernel.ts';
const memoryPages = 72; // 4.5 MiB, fixed: kernel/wasm-kernel.ts says what lies where

/** Returns the compiled module. */
async function compile() {
  const options = '-O3 --noAssert --converge --runtime stub --enable simd'.split(' ');
  const pages = ['--initialMemory', `${memoryPages}`, '--maximumMemory', `${memoryPages}`];
  const messages = asc.createMemoryStream();
  let bytes;
  const { error } = await asc.main([entry, '-o', 'kernel.wasm', ...options, ...pages], {
    readFile: (name, base) => {
      try {
        return readFileSync(new URL(name, `file://${root}/${base}/`), 'utf8');
      } catch {
        return null;
      }
    },
    writeFile: (_name, contents) => {
      bytes = contents;
    },
    stderr: messages,
  });
  if (error) throw new Error(`${messages.toString()}\n${error.message}`);
  return bytes;
}

/** Returns the text of the module that holds `bytes`. */
function sourceOf(bytes) {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,92}/g);
  const parts = lines.map((line) => `  '${line}',`).join('\n');
  return `/** The compiled kernel, written by scripts/build-kernel.mjs from the sources in assembly/. Do not edit. */

/** The WebAssembly module (${bytes.length} bytes) as base64. */
export const kernelWasm = [
${parts}
].join('');
`;
}

const source = sourceOf(await compile());
if (!process.argv.includes('--check')) writeFileSync(target, source);
else if (readFileSync(target, 'utf8') !== source) {
  console.error('kernel-wasm.ts is not what the sources compile to: run npm run build:kernel');
  process.exitCode = 1;
}
