/**
 * What the jobs that touch the working tree cost for a directory of 1,000 files of 4 KB with a warm cache: the inner loops of
 * `status`, of `add` and of `checkout`.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bench } from 'tinybench';
import type { ContentPieces, IngestOutput, MaterialiseInput } from '../../src/core/model/jobs.js';
import { joinNames } from '../../src/core/model/name-list.js';
import { packPath } from '../../src/core/store/pack-files.js';
import { compareDirectories } from '../../src/core/worktree/compare.js';
import { hashFiles } from '../../src/core/worktree/hash-files.js';
import { ingestFiles } from '../../src/core/worktree/ingest.js';
import { materialiseFiles } from '../../src/core/worktree/materialise.js';
import { scanDirectories } from '../../src/core/worktree/scan.js';

const fileCount = 1000;
const fileBytes = 4096;
const packId = 1;
const later = { clock: { now: () => ({ seconds: Date.now() / 1000 + 60, nanoseconds: 0 }) } };

/** Returns the bench; every task handles 1,000 files, so a mean of 1 ms is 1 us a file. */
export async function worktreeBench(): Promise<Bench> {
  const bench = new Bench({ name: 'working tree, 1,000 files a run', time: 1000 });
  const place = mkdtempSync(join(tmpdir(), 'oxen-bench-'));
  bench.addEventListener('complete', () => rmSync(place, { recursive: true, force: true }));
  const root = join(place, 'tree');
  const names = makeFiles(join(root, 'data'));
  const path = packPath(place, packId);
  const slot = { packId, path, offset: 0, limit: 2 ** 30 };
  const job = { root, directory: 'data', names: joinNames(names) };
  const ingest = (known: readonly Uint8Array[]): IngestOutput =>
    ingestFiles({ ...job, known, slot }, later);
  writeFileSync(path, '');
  const first = ingest([]);
  bench.add('scan', () => void scanDirectories({ root, directories: ['data'] }));
  bench.add('compare, clean', () => {
    const directories = [{ path: 'data', runs: [first.index] }];
    const [comparison] = compareDirectories({ root, directories });
    if (comparison?.cleanCount !== fileCount) throw new Error('files are not clean');
  });
  bench.add('hash', () => void hashFiles(job));
  bench.add('ingest, unchanged', () => void ingest([first.index]));
  bench.add('ingest, new', () => void ingest([]), {
    // Pages of a pack that are on their way to the disk would have to be waited for.
    beforeEach: () => {
      rmSync(path);
      writeFileSync(path, '');
    },
  });
  const copy = join(place, 'copy');
  const input = materialiseInput(first, copy, place);
  bench.add('materialise', () => void materialiseFiles(input), {
    beforeEach: () => {
      rmSync(copy, { recursive: true, force: true });
      mkdirSync(copy);
    },
  });
  return bench;
}

function makeFiles(directory: string): string[] {
  mkdirSync(directory, { recursive: true });
  const content = Buffer.alloc(fileBytes);
  for (let index = 0; index < fileCount; index++) {
    for (let at = 0; at < fileBytes; at += 4) {
      content.writeUInt32LE(Math.imul(at + index * fileBytes, 2654435761) >>> 0, at);
    }
    writeFileSync(join(directory, `file-${String(index).padStart(5, '0')}.bin`), content);
  }
  return readdirSync(directory);
}

function materialiseInput(output: IngestOutput, root: string, packs: string): MaterialiseInput {
  const { places } = output;
  const pieces: ContentPieces = { ...places, packIds: new Uint32Array(fileCount).fill(packId) };
  return {
    root,
    directory: 'data',
    names: joinNames(readdirSync(join(packs, 'tree/data'))),
    hashes: places.hashes,
    pieceCounts: new Uint32Array(fileCount).fill(1),
    pieces,
    packDirectory: packs,
    replace: false,
    isWhole: true,
  };
}
