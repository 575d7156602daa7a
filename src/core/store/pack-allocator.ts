/**
 * Lends places in packs to jobs and makes what they wrote durable. A pack is locked while this process appends to it;
 * the last unfilled packs are continued, so that small commits do not leave a trail of tiny ones.
 *
 * Order: bytes in packs, fsync of the packs (and of the directory when one is new), LMDB transaction with the new lengths and
 * everything that names the bytes. What a crash leaves behind is beyond the recorded length and cut off when the pack is continued.
 */
import { BusyError, OperationError, systemErrorCode, wrapSystemError } from '../model/errors.js';
import type { PackSlot } from '../model/jobs.js';
import type { Arrivals } from './arrivals.js';
import { type Disk, nodeDisk, openFlags, syncDirectoryLater } from './disk.js';
import type { StoreEnvironment } from './environment.js';
import { type FileLocks, loadFileLocks } from './locks.js';
import { alignPackOffset, maxPackId, packIdOf, packPath, packTargetBytes } from './pack-files.js';
import { PackTable } from './pack-table.js';

/** Settings of `PackAllocator.open`. */
export interface PackAllocatorOptions {
  readonly targetBytes?: number; // when a pack counts as full
  readonly compressFrom?: number; // as in `PackSlot`
  readonly disk?: Disk;
  readonly locks?: FileLocks;
  readonly transact?: Transact; // instead of `StoreEnvironment.transaction`
}

/** Runs a transaction; nothing of it happened when it fails. The action may run several times, only what its last run wrote counts. */
export type Transact = <Result>(action: () => Result) => Promise<Result> | Result;

/** What sinks need of whoever lends packs to them. */
export interface PackLender extends Pick<PackAllocator, 'lend' | 'giveBack' | 'commit' | 'disk'> {
  readonly arrivals?: Arrivals; // where sinks note what they take from peers
}

/** A pack that this process appends to. */
interface HeldPack {
  readonly id: number;
  readonly path: string;
  readonly file: number; // open and locked
  end: number; // where the bytes end that jobs have reported
  syncedEnd: number; // how far they are durable
  isLent: boolean;
  flush: { end: number; done: Promise<void> } | undefined; // of a full pack, started early
}

/** Lends slots; close it when the work is done. */
export class PackAllocator {
  /** The disk that packs are written to. */
  readonly disk: Disk;
  readonly #environment: StoreEnvironment;
  readonly #table: PackTable;
  readonly #directory: string;
  readonly #targetBytes: number;
  readonly #compressFrom: Pick<PackSlot, 'compressFrom'>;
  readonly #locks: FileLocks;
  readonly #transact: Transact;
  readonly #held = new Map<number, HeldPack>();
  #lastId: number | undefined;
  #unfilled: number[] | undefined; // packs of earlier commands that may be continued, the fullest last
  #hasNewPack = false;
  #failure: unknown;

  private constructor(
    environment: StoreEnvironment,
    packDirectory: string,
    locks: FileLocks,
    options: PackAllocatorOptions,
  ) {
    this.#environment = environment;
    this.#table = new PackTable(environment);
    this.#directory = packDirectory;
    this.#locks = locks;
    this.#transact = options.transact ?? ((action) => environment.transaction(action));
    this.#targetBytes = options.targetBytes ?? packTargetBytes;
    const { compressFrom } = options;
    this.#compressFrom = compressFrom === undefined ? {} : { compressFrom };
    this.disk = options.disk ?? nodeDisk;
  }

  /**
   * Prepares lending of packs in `packDirectory`; the directory is made when the first pack is.
   * @throws OperationError when files cannot be locked on this platform
   */
  static async open(
    environment: StoreEnvironment,
    packDirectory: string,
    options: PackAllocatorOptions = {},
  ): Promise<PackAllocator> {
    const locks = options.locks ?? (await loadFileLocks());
    return new PackAllocator(environment, packDirectory, locks, options);
  }

  /**
   * Lends a slot: of a pack that is held and idle, else of an unfilled one, else of a new one. No other slot of the
   * same pack is lent until it is given back.
   * @throws OperationError when a pack cannot be opened or created
   */
  lend(): PackSlot {
    this.#throwFailure();
    this.#releaseFull();
    const pack = this.#idlePack() ?? this.#continuePack() ?? this.#createPack();
    pack.isLent = true;
    // Bytes that are durable share no block with new ones: a torn write cannot reach them.
    const offset = pack.end > pack.syncedEnd ? pack.end : alignPackOffset(pack.end);
    const { id: packId, path } = pack;
    return { packId, path, offset, limit: this.#targetBytes, ...this.#compressFrom };
  }

  /** Takes a slot back whose job has appended up to `end`; an `end` at the slot's offset means that nothing was. */
  giveBack(slot: PackSlot, end: number): void {
    const pack = this.#held.get(slot.packId);
    if (pack === undefined) throw new BusyError(`Pack ${slot.packId} is not lent.`);
    pack.isLent = false;
    if (end > slot.offset) pack.end = end;
    if (pack.end >= this.#targetBytes) this.#flushEarly(pack);
  }

  /**
   * Makes everything durable that was given back so far. After a failure nothing can be recorded any more: the kernel may have
   * dropped the bytes, and a second fsync would not say so.
   * @throws OperationError when the disk fails or is full
   */
  async sync(): Promise<void> {
    this.#throwFailure();
    try {
      await Promise.all([...this.#held.values()].map((pack) => this.#syncPack(pack)));
      if (this.#hasNewPack) {
        this.#hasNewPack = false; // a pack that is made while this waits needs another one
        await syncDirectoryLater(this.disk, this.#directory);
      }
    } catch (error) {
      this.#failure = wrapSystemError(error, 'Cannot write packs', this.#directory);
      throw this.#failure;
    }
  }

  /** Puts the lengths that `sync` made durable into the pack table; inside the transaction that names the bytes. */
  record(): void {
    this.#throwFailure();
    for (const { id, syncedEnd } of this.#held.values()) {
      const row = this.#table.get(id);
      if (syncedEnd <= (row?.length ?? 0)) continue;
      this.#table.put({ id, length: syncedEnd, state: row?.state ?? 'open', retiredAtMs: 0 });
    }
  }

  /**
   * Syncs, then runs `action` in one transaction with the new lengths and returns its result.
   * @throws OperationError when the disk fails or is full; then nothing of `action` happened
   */
  async commit<Result>(action: () => Result): Promise<Result> {
    await this.sync();
    return await this.#transact(() => {
      this.record();
      return action();
    });
  }

  /** Gives up all packs; what was never recorded is cut off. */
  close(): void {
    for (const pack of this.#held.values()) {
      this.#dropUnrecorded(pack);
      this.disk.close(pack.file);
    }
    this.#held.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #idlePack(): HeldPack | undefined {
    let best: HeldPack | undefined;
    for (const pack of this.#held.values()) {
      if (pack.isLent || alignPackOffset(pack.end) >= this.#targetBytes) continue;
      if (best === undefined || pack.end > best.end) best = pack;
    }
    return best;
  }

  /** Takes the fullest unfilled pack that nobody else appends to. */
  #continuePack(): HeldPack | undefined {
    this.#unfilled ??= this.#listUnfilled();
    for (let id = this.#unfilled.pop(); id !== undefined; id = this.#unfilled.pop()) {
      const pack = this.#tryContinue(id);
      if (pack !== undefined) return pack;
    }
    return undefined;
  }

  #listUnfilled(): number[] {
    return this.#table
      .list()
      .filter((row) => row.state === 'open' && !this.#held.has(row.id))
      .filter((row) => alignPackOffset(row.length) < this.#targetBytes)
      .sort((left, right) => left.length - right.length)
      .map((row) => row.id);
  }

  #tryContinue(id: number): HeldPack | undefined {
    const path = packPath(this.#directory, id);
    const file = this.#openExisting(path);
    if (file === undefined) return undefined;
    if (this.#locks.tryLock(file)) {
      // Only what the table says now counts: the last holder may have changed it before it let go.
      this.#environment.refresh();
      const row = this.#table.get(id);
      const size = this.disk.size(file);
      // A file that is too short lost bytes that places point to: fsck will say so, nothing may be put in their place.
      if (row?.state === 'open' && row.length < this.#targetBytes && size >= row.length) {
        if (size > row.length) this.disk.truncate(file, row.length);
        return this.#hold(id, path, file, row.length);
      }
    }
    this.disk.close(file);
    return undefined;
  }

  #openExisting(path: string): number | undefined {
    try {
      return this.disk.open(path, openFlags.readWrite);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw wrapSystemError(error, `Cannot open ${path}`, path);
    }
  }

  #createPack(): HeldPack {
    try {
      this.disk.makeDirectory(this.#directory);
      for (let id = this.#nextId(); id <= maxPackId; id = this.#nextId()) {
        const path = packPath(this.#directory, id);
        const file = this.#createFile(path);
        if (file === undefined) continue;
        if (this.#locks.tryLock(file)) {
          this.#hasNewPack = true;
          return this.#hold(id, path, file, 0);
        }
        this.disk.close(file);
      }
    } catch (error) {
      throw wrapSystemError(error, `Cannot create a pack in ${this.#directory}`, this.#directory);
    }
    throw new OperationError('No more packs can be created: all numbers are used up.');
  }

  #createFile(path: string): number | undefined {
    try {
      return this.disk.open(path, openFlags.createNew, 0o666);
    } catch (error) {
      if (systemErrorCode(error) === 'EEXIST') return undefined;
      throw error;
    }
  }

  #nextId(): number {
    if (this.#lastId === undefined) {
      const inDirectory = this.disk.list(this.#directory).map((name) => packIdOf(name) ?? 0);
      const inTable = this.#table.list().map((row) => row.id);
      this.#lastId = [...inDirectory, ...inTable].reduce((last, id) => Math.max(last, id), 0);
    }
    return ++this.#lastId;
  }

  #hold(id: number, path: string, file: number, end: number): HeldPack {
    const pack: HeldPack = {
      id,
      path,
      file,
      end,
      syncedEnd: end,
      isLent: false,
      flush: undefined,
    };
    this.#held.set(id, pack);
    return pack;
  }

  /** Starts to flush a full pack while others are filled, so that the last sync has little left to wait for. */
  #flushEarly(pack: HeldPack): void {
    const done = this.disk.syncLater(pack.file);
    done.catch(() => undefined); // reported by `sync`
    pack.flush = { end: pack.end, done };
  }

  async #syncPack(pack: HeldPack): Promise<void> {
    const { end, flush } = pack;
    if (end <= pack.syncedEnd) return;
    if (flush?.end === end) await flush.done;
    else await this.disk.syncLater(pack.file);
    pack.syncedEnd = end;
  }

  /** Lets go of full packs whose length is recorded. */
  #releaseFull(): void {
    for (const pack of this.#held.values()) {
      if (pack.isLent || alignPackOffset(pack.end) < this.#targetBytes) continue;
      if (this.#table.get(pack.id)?.length !== pack.end) continue;
      this.disk.close(pack.file);
      this.#held.delete(pack.id);
    }
  }

  #dropUnrecorded(pack: HeldPack): void {
    try {
      if (pack.isLent) return;
      const recorded = this.#table.get(pack.id)?.length;
      if (recorded === undefined) this.disk.remove(pack.path);
      else if (this.disk.size(pack.file) > recorded) this.disk.truncate(pack.file, recorded);
    } catch {
      // It is garbage that the next writer or gc removes; what failed before this is what matters.
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
