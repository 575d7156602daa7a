/** Hash speed by size of input: the kernel in place and with one copy, against the packages it replaces. */
import { xxh3 } from '@node-rs/xxhash';
import { createXXHash128 } from 'hash-wasm';
import { Bench } from 'tinybench';
import { getKernel, HashBuilder, hashInto, StreamingHash } from '../../src/core/format/hashing.js';
import { verifyStream64 } from '../../src/core/format/independent-hash.js';

const sizes = [16, 100, 1000, 4096, 102_400, 1_048_576];
const callsEach = 100; // hides the timer of the bench behind many short calls

/** Returns the bench, not run yet. A task hashes its input `callsEach` times; its name ends with the bytes of one input. */
export async function hashingBench(): Promise<Bench> {
  const bench = new Bench({ name: 'hashing', time: 300, warmupTime: 100 });
  const rival = await createXXHash128();
  for (const bytes of sizes) addSize(bench, bytes, rival);
  addVnode(bench);
  return bench;
}

function addSize(bench: Bench, bytes: number, rival: Awaited<ReturnType<typeof createXXHash128>>) {
  const kernel = getKernel();
  const input = Buffer.alloc(bytes, 'data of a file\n');
  const out = new Uint8Array(16);
  kernel.memory.set(input, kernel.arenaStart);
  const stream = new StreamingHash();
  const check = verifyStream64();
  const add = (name: string, call: () => void): void => {
    bench.add(`${name}, ${bytes}`, () => {
      for (let index = 0; index < callsEach; index++) call();
    });
  };
  add('kernel in place', () => kernel.hashAt(kernel.arenaStart, bytes, kernel.digestStart));
  add('kernel with copy', () => hashInto(input, out, 0));
  add('kernel stream in place', () => stream.updateAt(kernel.arenaStart, bytes));
  add('hash-wasm', () => rival.init().update(input).digest('binary'));
  add('node-rs xxh128', () => xxh3.xxh128(input));
  add('node-rs stream 64', () => check.update(input));
}

function addVnode(bench: Bench): void {
  const builder = new HashBuilder();
  const column = new Uint8Array(16 * 1000).fill(0xab);
  const out = new Uint8Array(16);
  bench.add('vnode of 1000 children', () => {
    builder.reset().text('vnode').text('images/train').byte(0);
    for (let child = 0; child < 1000; child++) {
      builder
        .byte(1)
        .text('picture-000001.jpg')
        .byte(0)
        .hashAt(column, child * 16)
        .u64(4096);
      builder.hashAt(column, child * 16);
    }
    builder.digestInto(out, 0);
  });
}
