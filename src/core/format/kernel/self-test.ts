/** Checks at first use that an engine computes XXH3-128: one input for each of its forms. */
import { IntegrityError } from '../../model/errors.js';
import { hashFromBytes } from '../../model/hash.js';
import { arenaStart, type HashKernel } from './hash-kernel.js';

/** Length of an input whose bytes are `(index * 131 + 7) & 255`, and its hash by an independent implementation. */
const vectors: readonly (readonly [length: number, hash: string])[] = [
  [0, '99aa06d3014798d86001c324468d497f'],
  [3, '390cdc5b4a895dd76e3e2670e61106ac'],
  [8, '6a86a3bda6af4e3d61ddbe7f31a6100d'],
  [16, '7f9a218b0425449ae2ce54a7c19c730d'],
  [100, '76b536586de98b82580b061a98a5a9b4'],
  [200, '26d28d07860728f6a4773493fbbe3543'],
  [2500, '1e7779535c98adcca78050676812b02c'],
];

/** @throws IntegrityError when the engine gives a wrong hash, one-shot or in pieces */
export function checkKernel(kernel: HashKernel): void {
  const [longest] = vectors[vectors.length - 1] ?? [0];
  for (let index = 0; index < longest; index++) {
    kernel.memory[arenaStart + index] = index * 131 + 7;
  }
  for (const [length, expected] of vectors) {
    kernel.hashAt(arenaStart, length, kernel.digestStart);
    const found = hashFromBytes(kernel.memory, kernel.digestStart);
    if (found !== expected || hashInPieces(kernel, length) !== expected) {
      throw new IntegrityError(
        `The hash engine '${kernel.engine}' gives a wrong hash for ${length} bytes.`,
        {
          hint: 'run the tests of oxen on this machine and report the processor and the Node version',
        },
      );
    }
  }
}

function hashInPieces(kernel: HashKernel, length: number): string {
  const stream = kernel.openStream();
  const first = length >> 1;
  stream.updateAt(arenaStart, first);
  stream.updateAt(arenaStart + first, length - first);
  stream.digestAt(kernel.digestStart);
  return hashFromBytes(kernel.memory, kernel.digestStart);
}
