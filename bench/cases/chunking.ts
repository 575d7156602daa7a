/** Speed of the content-defined cutter: in the kernel and in plain TypeScript, beside the hash that goes with it. */
import { Bench } from 'tinybench';
import { Chunker } from '../../src/core/format/chunking.js';
import { getKernel, StreamingHash } from '../../src/core/format/hashing.js';
import { cutterWords, findCut } from '../../src/core/format/kernel/gear-cutter.js';

const fileBytes = 4 * 1024 * 1024;
const blockBytes = 256 * 1024;

/** Returns the bench, not run yet. A task takes in 4 MiB of random bytes in blocks of 256 KiB. */
export async function chunkingBench(): Promise<Bench> {
  const bench = new Bench({ name: 'chunking', time: 500, warmupTime: 200 });
  const { memory, arenaStart } = getKernel();
  fillWithNoise(memory.subarray(arenaStart, arenaStart + fileBytes));
  const chunker = new Chunker();
  const stream = new StreamingHash();
  const plain = new Uint32Array(cutterWords);
  plain.set([65_536, 262_144, 1_048_576, 4096, 65_536]);
  const addBlocks = (name: string, take: (at: number) => void): void => {
    bench.add(`${name}, ${fileBytes}`, () => {
      for (let at = 0; at < fileBytes; at += blockBytes) take(arenaStart + at);
    });
  };
  addBlocks('cut in the kernel', (at) => chunker.feedAt(at, blockBytes));
  addBlocks('hash and cut in the kernel', (at) => {
    stream.updateAt(at, blockBytes);
    chunker.feedAt(at, blockBytes);
  });
  addBlocks('cut in plain TypeScript', (at) => {
    for (let from = at, end = at + blockBytes; from < end; ) {
      from += findCut(memory, from, end, plain) || end - from;
    }
  });
  addBlocks('count text in the kernel', (at) => getKernel().textStatsAt(at, blockBytes));
  return bench;
}

function fillWithNoise(bytes: Uint8Array): void {
  for (let index = 0, state = 42; index < bytes.length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[index] = state >>> 24;
  }
}
