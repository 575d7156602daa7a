/**
 * The verb `gc`: removes what nothing needs any more and gives the space back. Needed records of packs with much garbage are
 * copied to new packs while everybody goes on working; then one transaction, for which writers wait a moment, names the new places,
 * drops the rows of what is dead and retires the old packs. Their files go after a grace period. What was stored after
 * the first look is kept. A crash at any point leaves garbage at worst.
 */
import { setImmediate } from 'node:timers/promises';
import { type Clock, millisecondsOf } from '../model/clock.js';
import { BusyError, IntegrityError } from '../model/errors.js';
import { hashBytesLength, hashFromBytes } from '../model/hash.js';
import { HashTable } from '../model/hash-table.js';
import type { PlaceColumns } from '../model/jobs.js';
import type { OpenRepository } from '../repository.js';
import { forgetArrivals, oldestKeptArrivalMs } from '../store/arrivals.js';
import { removeAbandonedFiles } from '../store/atomic-file.js';
import { compressFromOf } from '../store/config-files.js';
import { acquireLock } from '../store/locks.js';
import { PackAllocator } from '../store/pack-allocator.js';
import { PackTable } from '../store/pack-table.js';
import {
  listRemovablePacks,
  PackHolder,
  type RemovedPack,
  removePacks,
} from '../store/retired-packs.js';
import type { PackPlaces } from '../store/version-store.js';
import { enterAlone } from '../store/writer-gate.js';
import { type OperationContext, ProgressCounter, throwIfStopped } from './context.js';
import { copyPack } from './copy-pack.js';
import { type PackDecision, planPacks } from './gc-plan.js';
import { countRemoved, type GcReport, unneeded, waitingBytes } from './gc-report.js';
import { JobWindow } from './job-window.js';
import { forgetOperations } from './operation-log.js';
import { Reachable, type Retention } from './reachable.js';
import { StaleHints } from './stale-hints.js';
import { listNeededRecords, type StorageCensus, takeCensus } from './storage-census.js';

/** Settings of `collectGarbage`. */
export interface GcOptions {
  readonly dryRun?: boolean; // true: only say what would be done
  readonly largestDeadShare?: number; // of a pack that is left as it is; 0.3 when absent
  readonly compress?: boolean; // true: also rewrite packs most of which is not compressed
  readonly graceMs?: number; // how long a rewritten pack stays for its readers, and what peers send before a reference names it; 10 minutes when absent
  readonly undoGraceMs?: number; // how long `undo` can take operations back; 14 days when absent
}

const defaultDeadShare = 0.3;
const defaultGraceMs = 10 * 60 * 1000;
const defaultUndoGraceMs = 14 * 24 * 3600 * 1000;
const publishAttempts = 10;
const writersWaitMs = 5 * 60_000;

/** Something became needed while the transaction was prepared. */
class StaleMarkError extends Error {}

/**
 * Removes everything that cannot be reached.
 * @throws BusyError when another gc runs, or writers do not come to an end; nothing was removed then
 * @throws IntegrityError when something needed is missing or damaged; nothing was removed then
 */
export async function collectGarbage(
  repository: OpenRepository,
  context: OperationContext,
  options: GcOptions = {},
): Promise<GcReport> {
  if (options.dryRun === true) {
    const run = new GcRun(repository, context, options);
    return run.report(run.removable());
  }
  using _lock = await acquireLock(repository.controlDirectory, 'sweep', { waitMs: 0 });
  removeAbandonedFiles(repository.controlDirectory, millisecondsOf(context.clock));
  const oldestMs = oldestOperationMs(context.clock, options);
  repository.environment.transaction(() => forgetOperations(repository, oldestMs));
  return await new GcRun(repository, context, options).sweep();
}

class GcRun {
  readonly #repository: OpenRepository;
  readonly #context: OperationContext;
  readonly #options: GcOptions;
  readonly #reachable: Reachable;
  readonly #census: StorageCensus;
  readonly #hints: StaleHints;
  readonly #decisions: Map<number, PackDecision>;
  readonly #copies = new Map<number, PackPlaces[]>(); // by the pack they were copied from
  readonly #rescued = new HashTable(); // dead at first, needed and copied since
  readonly #retention: Retention;

  constructor(repository: OpenRepository, context: OperationContext, options: GcOptions) {
    this.#repository = repository;
    this.#context = context;
    this.#options = options;
    repository.environment.refresh();
    this.#retention = {
      operationsAfterMs: oldestOperationMs(context.clock, options),
      arrivalsSinceMs: oldestKeptArrivalMs(repository.meta, this.#nowMs(), this.#graceMs),
    };
    this.#reachable = new Reachable(repository, this.#retention);
    this.#reachable.update();
    this.#census = takeCensus(repository, this.#reachable);
    this.#hints = new StaleHints(repository, this.#reachable);
    const share = options.largestDeadShare ?? defaultDeadShare;
    const decisions = planPacks(
      this.#census,
      share,
      options.compress === true && this.#compressFrom !== undefined,
    );
    this.#decisions = new Map(decisions.map((decision) => [decision.id, decision]));
  }

  /** From how many bytes on contents are compressed; undefined when they are not. */
  get #compressFrom(): number | undefined {
    return compressFromOf(this.#repository.engineConfig(), 'gc').compressFrom;
  }

  /** Does all of it. */
  async sweep(): Promise<GcReport> {
    const { environment, packDirectory } = this.#repository;
    using holder = await PackHolder.open(environment, packDirectory);
    this.#hold(holder);
    if (this.#hasWork()) {
      using allocator = await PackAllocator.open(
        environment,
        packDirectory,
        compressFromOf(this.#repository.engineConfig(), 'gc'),
      );
      await this.#copy(allocator);
      await this.#publish(allocator);
    }
    holder.close();
    this.#repository.packReader.close();
    return this.report(await this.#removeFiles(holder));
  }

  /** Removes files. Those without a row only while nobody writes: a new pack has no row before its first transaction. */
  async #removeFiles(holder: PackHolder): Promise<RemovedPack[]> {
    const { controlDirectory, environment, packDirectory } = this.#repository;
    const found = this.removable();
    const retired = found.filter(({ reason }) => reason === 'retired');
    const removed = removePacks(environment, packDirectory, retired, holder);
    if (retired.length === found.length) return removed;
    using _lock = await enterAlone(controlDirectory, writersWaitMs);
    const unknown = this.removable().filter(({ reason }) => reason === 'unknown');
    return [...removed, ...removePacks(environment, packDirectory, unknown, holder)];
  }

  /** Returns the pack files that may go now. */
  removable(): RemovedPack[] {
    const { environment, packDirectory } = this.#repository;
    environment.refresh();
    return listRemovablePacks(environment, packDirectory, this.#nowMs(), this.#graceMs);
  }

  report(removedPacks: readonly RemovedPack[]): GcReport {
    const { nodes, contents, chunks } = this.#census;
    const isDryRun = this.#options.dryRun === true;
    const packs = [...this.#decisions.values()];
    const removedBytes = removedPacks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const laterBytes = packs.reduce(
      (sum, { action, deadBytes }) =>
        sum + (action === 'rewrite' || action === 'drop' ? deadBytes : 0),
      0,
    );
    return {
      isDryRun,
      nodes: countRemoved(nodes, this.#reachable.nodes),
      contents: countRemoved(contents, this.#reachable.contents),
      chunks: countRemoved(chunks, this.#reachable.chunks),
      packs,
      removedPacks,
      freedBytes: isDryRun ? removedBytes + laterBytes : removedBytes,
      waitingBytes: waitingBytes(this.#repository, removedPacks),
    };
  }

  /** Holds the packs that are to go; what someone appends to is left alone. */
  #hold(holder: PackHolder): void {
    for (const decision of this.#victims()) {
      const use = this.#census.packs.get(decision.id);
      if (use === undefined || holder.tryHold(use.row)) continue;
      this.#spare(decision, 'another command appends to it');
    }
  }

  async #copy(allocator: PackAllocator): Promise<void> {
    const ids = new Set(this.#victims().map(({ id }) => id));
    const needed = listNeededRecords(this.#repository, this.#reachable, ids);
    const progress = new ProgressCounter(this.#context, 'collect', ids.size);
    const window = new JobWindow(this.#context.jobs.parallelism);
    for (const decision of this.#victims()) {
      throwIfStopped(this.#context);
      await window.start(async () => {
        const places = needed.get(decision.id);
        if (places !== undefined) await this.#copyPack(allocator, decision, places);
        progress.add(1, decision.sizeBytes);
      });
      await setImmediate();
    }
    await window.drain();
  }

  async #copyPack(
    allocator: PackAllocator,
    decision: PackDecision,
    places: PlaceColumns,
  ): Promise<void> {
    const { packDirectory } = this.#repository;
    try {
      const pack = { packDirectory, packId: decision.id, places };
      const copied = await copyPack(allocator, pack, this.#context);
      this.#copies.set(decision.id, [...(this.#copies.get(decision.id) ?? []), ...copied]);
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      this.#copies.delete(decision.id);
      this.#spare(decision, `${error.message} oxen fsck tells more`);
    }
  }

  async #publish(allocator: PackAllocator): Promise<void> {
    const { controlDirectory, environment } = this.#repository;
    this.#hints.find();
    await allocator.sync();
    using _lock = await enterAlone(controlDirectory, writersWaitMs);
    for (let attempt = 0; attempt < publishAttempts; attempt++) {
      environment.refresh();
      this.#reachable.update();
      this.#keepNew();
      this.#hints.find();
      await this.#rescue(allocator);
      try {
        await allocator.commit(() => this.#write());
        return;
      } catch (error) {
        if (!(error instanceof StaleMarkError)) throw error;
      }
    }
    throw new BusyError('References change all the time; nothing was removed.', {
      hint: 'run oxen gc again',
    });
  }

  /** Keeps what was stored since the first look, with all that it needs. */
  #keepNew(): void {
    const { nodes, versions } = this.#repository;
    const { nodes: nodeCensus, contents } = this.#census;
    if (nodes.count !== nodeCensus.live.count + nodeCensus.dead.count) {
      const fresh: Uint8Array[] = [];
      for (const { id } of nodes.rows()) {
        if (nodeCensus.deadIds.find(id) < 0 && this.#reachable.nodes.find(id) < 0) fresh.push(id);
      }
      for (const id of fresh) this.#reachable.addNode(hashFromBytes(id));
    }
    if (versions.contentCount !== contents.live.count + contents.dead.count) {
      for (const { hash } of versions.contents()) {
        if (contents.deadIds.find(hash) < 0) this.#reachable.addContent(hash);
      }
    }
  }

  /** Copies records that were dead at the first look and are needed now. */
  async #rescue(allocator: PackAllocator): Promise<void> {
    if (!this.#isRevived()) return;
    const ids = new Set(this.#victims().map(({ id }) => id));
    const isNew = (hash: Uint8Array) => this.#isDead(hash) && this.#rescued.find(hash) < 0;
    const needed = listNeededRecords(this.#repository, this.#reachable, ids, isNew);
    for (const decision of this.#victims()) {
      const places = needed.get(decision.id);
      if (places === undefined) continue;
      await this.#copyPack(allocator, decision, places);
      for (let row = 0; row < places.count; row++) {
        this.#rescued.add(places.hashes, row * hashBytesLength);
      }
    }
  }

  #isRevived(): boolean {
    const { nodes, contents, chunks } = this.#census;
    return (
      someIn(nodes.deadIds, this.#reachable.nodes) ||
      someIn(contents.deadIds, this.#reachable.contents) ||
      someIn(chunks.deadIds, this.#reachable.chunks)
    );
  }

  #isDead(hash: Uint8Array): boolean {
    const { nodes, contents, chunks } = this.#census;
    return [nodes, contents, chunks].some(({ deadIds }) => deadIds.find(hash) >= 0);
  }

  /** The transaction: new places, rows that go, old packs retired. */
  #write(): void {
    const before = this.#reachable.size;
    this.#reachable.update();
    if (this.#reachable.size !== before) throw new StaleMarkError();
    this.#requireUnneeded();
    const { nodes, versions, environment, meta } = this.#repository;
    const copies = [...this.#copies.values()].flat();
    versions.putPlaces(copies);
    nodes.movePlaces(copies);
    this.#hints.write();
    forgetArrivals(meta, this.#retention.arrivalsSinceMs);
    const { nodes: nodeCensus, contents, chunks } = this.#census;
    for (const id of unneeded(nodeCensus.deadIds, this.#reachable.nodes)) {
      nodes.remove(hashFromBytes(id));
    }
    versions.remove(
      Buffer.concat([...unneeded(contents.deadIds, this.#reachable.contents)]),
      Buffer.concat([...unneeded(chunks.deadIds, this.#reachable.chunks)]),
    );
    const table = new PackTable(environment);
    const retiredAtMs = this.#nowMs();
    for (const { id } of this.#victims()) {
      const row = table.get(id);
      if (row !== undefined) table.put({ ...row, state: 'retired', retiredAtMs });
    }
  }

  /** Marks from scratch inside the transaction, the one view that nobody can change, before anything is taken. */
  #requireUnneeded(): void {
    const again = new Reachable(this.#repository, this.#retention);
    again.update();
    const { nodes, contents, chunks } = this.#census;
    const tables = [
      [nodes.deadIds, this.#reachable.nodes, again.nodes],
      [contents.deadIds, this.#reachable.contents, again.contents],
      [chunks.deadIds, this.#reachable.chunks, again.chunks],
    ] as const;
    for (const [dead, marked, needed] of tables) {
      for (const id of unneeded(dead, marked)) {
        if (needed.find(id) < 0) continue;
        throw new IntegrityError(
          `Two marks disagree about ${hashFromBytes(id)}. Nothing was removed.`,
          { hint: 'oxen fsck' },
        );
      }
    }
  }

  #victims(): PackDecision[] {
    return [...this.#decisions.values()].filter(
      ({ action }) => action === 'rewrite' || action === 'drop',
    );
  }

  #spare(decision: PackDecision, reason: string): void {
    this.#decisions.set(decision.id, { ...decision, action: 'keep', reason });
  }

  #hasWork(): boolean {
    const { nodes, contents, chunks } = this.#census;
    const deadCount = nodes.dead.count + contents.dead.count + chunks.dead.count;
    return deadCount > 0 || this.#victims().length > 0;
  }

  get #graceMs(): number {
    return this.#options.graceMs ?? defaultGraceMs;
  }

  #nowMs(): number {
    return millisecondsOf(this.#context.clock);
  }
}

/** Operations made after this can be taken back. */
function oldestOperationMs(clock: Clock, { undoGraceMs = defaultUndoGraceMs }: GcOptions): number {
  return millisecondsOf(clock) - undoGraceMs;
}

function someIn(hashes: HashTable, others: HashTable): boolean {
  const column = hashes.hashes;
  for (let at = 0; at < column.length; at += hashBytesLength) {
    if (others.find(column, at) >= 0) return true;
  }
  return false;
}
