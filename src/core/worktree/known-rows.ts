/** Finds the rows of the file index that cover names which are asked for in ascending order. */
import { FileIndexRun } from '../format/file-index-run.js';
import { equalHashBytes, hashBytesLength } from '../model/hash.js';
import { compareBytewise } from '../model/path.js';

/** A cursor over the runs of one directory. Only runs that may hold an asked name are opened. */
export class KnownRows {
  /** The run of the last name that was found. */
  run: FileIndexRun | undefined;
  /** Its row in that run. */
  row = 0;
  readonly #stored: readonly Uint8Array[];
  readonly #opened: (FileIndexRun | undefined)[] = [];
  #lastName = ''; // of `run`
  #next = 0; // the first run that may hold the next name

  /** @param runs file index runs of one directory, ascending */
  constructor(runs: readonly Uint8Array[]) {
    this.#stored = runs;
  }

  /**
   * Moves to `name`, which must come after the one before, and says whether there is a row for it.
   * @throws IntegrityError when a run is damaged
   */
  seek(name: string): boolean {
    if (this.run === undefined || compareBytewise(this.#lastName, name) < 0) this.#findRun(name);
    const run = this.run;
    if (run === undefined) return false;
    const names = run.names.all;
    while (this.row < names.length) {
      const found = names[this.row] ?? '';
      if (found === name) return true;
      if (compareBytewise(found, name) > 0) return false;
      this.row++;
    }
    return false;
  }

  /** Says whether the row that was found has this content hash. */
  hasHash(hash: Uint8Array): boolean {
    return (
      this.run !== undefined && equalHashBytes(this.run.hashes, this.row * hashBytesLength, hash, 0)
    );
  }

  /** Moves to the first run that does not end before `name`, by halving. */
  #findRun(name: string): void {
    let low = this.#next;
    let high = this.#stored.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareBytewise(lastNameOf(this.#open(middle)), name) < 0) low = middle + 1;
      else high = middle;
    }
    this.#next = low;
    this.run = low < this.#stored.length ? this.#open(low) : undefined;
    if (this.run === undefined) return;
    this.#lastName = lastNameOf(this.run);
    const row = this.run.findName(name);
    this.row = row < 0 ? ~row : row;
  }

  #open(index: number): FileIndexRun {
    const run = this.#opened[index] ?? new FileIndexRun(this.#stored[index] ?? new Uint8Array(0));
    this.#opened[index] = run;
    return run;
  }
}

function lastNameOf(run: FileIndexRun): string {
  return run.count === 0 ? '' : run.nameAt(run.count - 1);
}
