/**
 * Reads stored records as they lie in packs, for whoever passes them on: runs of neighbours are one read each, nothing is
 * decoded, and nothing is checked, because the receiver checks everything. Reading does not block the calling thread.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { recordHeaderLength } from '../format/pack-record.js';
import { IntegrityError, systemErrorCode, wrapSystemError } from '../model/errors.js';
import { packPath } from './pack-files.js';
import { MissingPackError } from './pack-reader.js';

/** Neighbouring records of one pack. */
export interface PackRun {
  readonly packId: number;
  readonly offset: number; // of the first header
  readonly length: number; // bytes up to the end of the last body
}

/** Where one record lies. */
export type RunPart = Pick<PackRun, 'packId' | 'offset'> & { readonly storedLength: number };

/** Returns memory of `length` bytes. */
type Allocate = (length: number) => Uint8Array;

const largestOpenCount = 16;
const ownMemory: Allocate = (length) => new Uint8Array(length);

/** Adds a record to a list of runs, to the last one where it is its neighbour. */
export function addToRuns(runs: PackRun[], { packId, offset, storedLength }: RunPart): void {
  const length = recordHeaderLength + storedLength;
  const last = runs.at(-1);
  if (last?.packId === packId && last.offset + last.length === offset) {
    runs[runs.length - 1] = { ...last, length: last.length + length };
  } else runs.push({ packId, offset, length });
}

/** Reads runs from the packs of one directory. Close it when done. */
export class PackRunReader {
  readonly #directory: string;
  readonly #allocate: Allocate;
  readonly #files = new Map<number, Promise<FileHandle>>();

  /** @param allocate gives the memory for what is read */
  constructor(packDirectory: string, allocate: Allocate = ownMemory) {
    this.#directory = packDirectory;
    this.#allocate = allocate;
  }

  /**
   * Returns the bytes of runs, one after the other.
   * @throws MissingPackError when a pack is not there: look the places up again; IntegrityError when one is cut off
   */
  async read(runs: readonly PackRun[]): Promise<Uint8Array> {
    const bytes = this.#allocate(runs.reduce((sum, { length }) => sum + length, 0));
    let start = 0;
    for (const run of runs) {
      await this.#readRun(run, bytes.subarray(start, start + run.length));
      start += run.length;
    }
    return bytes;
  }

  /** Closes all packs. */
  async close(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    for (const opening of files) await (await opening.catch(() => undefined))?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #readRun({ packId, offset }: PackRun, into: Uint8Array): Promise<void> {
    const path = packPath(this.#directory, packId);
    try {
      const file = await this.#open(packId, path);
      for (let done = 0; done < into.length; ) {
        const { bytesRead } = await file.read(into, done, into.length - done, offset + done);
        if (bytesRead === 0) throw cutOff(path);
        done += bytesRead;
      }
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') {
        throw new MissingPackError(`The pack ${path} is missing.`, { path, hint: 'oxen fsck' });
      }
      throw wrapSystemError(error, `Cannot read the pack ${path}`, path);
    }
  }

  async #open(packId: number, path: string): Promise<FileHandle> {
    const known = this.#files.get(packId);
    if (known !== undefined) return known;
    if (this.#files.size >= largestOpenCount) await this.close();
    const opening = open(path, 'r');
    this.#files.set(packId, opening);
    return opening;
  }
}

function cutOff(path: string): IntegrityError {
  return new IntegrityError(`The pack ${path} is cut off.`, { path, hint: 'oxen fsck' });
}
