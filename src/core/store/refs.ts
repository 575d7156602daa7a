/**
 * References: names that point to commits. A change names the commit that it expects to replace and is refused when
 * the reference moved, inside the transaction that writes it: of two pushes at once one wins and the other is told.
 */
import { ConflictError, IntegrityError } from '../model/errors.js';
import { type CommitId, hashFromBytes, hashToBytes, shortHash } from '../model/hash.js';
import { prefixRange } from './checked-database.js';
import type { StoreEnvironment } from './environment.js';
import type { RefName } from './ref-names.js';

/** A reference and the commit it points to. */
export interface Ref {
  readonly name: RefName;
  readonly commitId: CommitId;
}

/** One change of a reference. */
export interface RefChange {
  readonly name: RefName;
  readonly expected: CommitId | undefined | 'any'; // what it must point to now; undefined: it must not exist
  readonly next: CommitId | undefined; // what it points to afterwards; undefined: it is removed
}

/** The references of a repository, wherever they are kept. */
export interface Refs {
  /** Returns the commits of the given names, undefined for those that do not exist. */
  getMany(names: readonly RefName[]): Promise<(CommitId | undefined)[]>;
  /** Returns the references whose names start with `prefix`, sorted by name. */
  list(prefix: string): Promise<Ref[]>;
  /**
   * Makes all changes or none; they are durable when it resolves.
   * @throws ConflictError when a reference does not point to what was expected
   */
  update(changes: readonly RefChange[]): Promise<void>;
}

/** The references in the database `refs`: name -> 16-byte commit id. */
export class RefStore implements Refs {
  readonly #environment: StoreEnvironment;

  constructor(environment: StoreEnvironment) {
    this.#environment = environment;
  }

  /** Returns the commit of `name`, undefined when it does not exist. */
  read(name: RefName): CommitId | undefined {
    const value = this.#database.get(Buffer.from(name));
    return value === undefined ? undefined : (hashFromBytes(value) as CommitId);
  }

  /** Returns the names of all references, also of those that cannot be read. */
  names(): RefName[] {
    return Array.from(this.#database.keys(), (key) => Buffer.from(key).toString() as RefName);
  }

  /**
   * Returns the commit that a change is about to replace. One that replaces whatever is there may replace a damaged reference, which
   * then counts as absent.
   */
  readFor({ name, expected }: RefChange): CommitId | undefined {
    try {
      return this.read(name);
    } catch (error) {
      if (expected !== 'any' || !(error instanceof IntegrityError)) throw error;
      return undefined;
    }
  }

  /** Returns the references whose names start with `prefix`, sorted by name. */
  listAll(prefix = ''): Ref[] {
    const range = prefix === '' ? {} : prefixRange(Buffer.from(prefix));
    return Array.from(this.#database.entries(range), ({ key, value }) => ({
      name: Buffer.from(key).toString() as RefName,
      commitId: hashFromBytes(value) as CommitId,
    }));
  }

  /**
   * Makes one change, in a transaction of its own or as a part of the running one.
   * @throws ConflictError when the reference does not point to what was expected
   */
  compareAndSwap(change: RefChange): void {
    this.#environment.transaction(() => {
      const found = this.readFor(change);
      if (change.expected !== 'any' && found !== change.expected) throw movedError(change, found);
      if (change.next !== undefined) {
        this.#database.put(Buffer.from(change.name), hashToBytes(change.next));
      } else this.#database.remove(Buffer.from(change.name));
    });
  }

  async getMany(names: readonly RefName[]): Promise<(CommitId | undefined)[]> {
    return names.map((name) => this.read(name));
  }

  async list(prefix: string): Promise<Ref[]> {
    return this.listAll(prefix);
  }

  async update(changes: readonly RefChange[]): Promise<void> {
    this.#environment.transaction(() => {
      for (const change of changes) this.compareAndSwap(change);
    });
  }

  get #database() {
    return this.#environment.database('refs');
  }
}

function movedError(change: RefChange, found: CommitId | undefined): ConflictError {
  const { name, expected } = change;
  const details = { path: name };
  if (found === undefined) return new ConflictError(`${name} no longer exists.`, details);
  if (expected === undefined) return new ConflictError(`${name} exists already.`, details);
  return new ConflictError(
    `${name} moved: it was expected at ${shortHash(expected as CommitId)} and is at ${shortHash(found)} now.`,
    details,
  );
}
