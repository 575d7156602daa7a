/**
 * Disks that fail on purpose, for tests of the store. They count the calls that change something; the n-th one fails, tears, or
 * ends the "process", after which nothing works any more. `losePower` also takes away what was never flushed.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Disk, nodeDisk, openFlags } from '../../src/core/store/disk.js';

/** What happens at the chosen step: a stop before it or in the middle of a write, an error of the system, or a short write. */
export type Fault = 'stop' | 'torn' | 'ENOSPC' | 'EIO' | 'short';

/** Thrown by every call after the stop. */
export class StoppedError extends Error {}

/** A disk with one fault. */
export class FaultDisk implements Disk {
  /** Calls so far that change something. */
  steps = 0;
  isStopped = false;
  /** Whether the fault has happened. */
  isUsed = false;
  readonly #faultStep: number;
  readonly #fault: Fault;
  readonly #paths = new Map<number, string>();
  readonly #flushed = new Map<string, Buffer | undefined>(); // contents that survive, by path; undefined: none
  readonly #pendingNames = new Map<string, Buffer | undefined>(); // names changed since their directory was flushed

  /** @param faultStep the step that fails, counted from 1; 0 for none */
  constructor(faultStep = 0, fault: Fault = 'stop') {
    this.#faultStep = faultStep;
    this.#fault = fault;
  }

  /** A step that is not a call of this disk, such as a transaction: it can only be stopped at. */
  step(): void {
    this.#throwIfStopped();
    this.steps++;
    if (this.steps === this.#faultStep && this.#fault === 'stop') this.#stop();
  }

  /** Puts every file back to what was flushed. */
  losePower(): void {
    for (const [path, content] of [...this.#flushed, ...this.#pendingNames]) {
      if (content === undefined) rmSync(path, { force: true });
      else writeFileSync(path, content);
    }
  }

  open(path: string, flags: number, mode?: number): number {
    if (flags === openFlags.createNew) this.#countStep();
    else this.#throwIfStopped();
    const isNew = !existsSync(path);
    const file = nodeDisk.open(path, flags, mode);
    this.#paths.set(file, path);
    if (isNew) this.#noteName(path, undefined);
    return file;
  }

  close(file: number): void {
    this.#paths.delete(file);
    nodeDisk.close(file);
  }

  read(file: number, into: Uint8Array, offset: number, length: number, position: number): number {
    this.#throwIfStopped();
    return nodeDisk.read(file, into, offset, length, position);
  }

  write(file: number, from: Uint8Array, offset: number, length: number, position: number): number {
    this.#noteContent(file);
    const fault = this.#countStep();
    if (fault === 'torn') {
      nodeDisk.write(file, from, offset, Math.ceil(length / 2), position);
      this.#stop();
    }
    const count = fault === 'short' ? Math.ceil(length / 3) : length;
    return nodeDisk.write(file, from, offset, count, position);
  }

  truncate(file: number, length: number): void {
    this.#noteContent(file);
    this.#countStep();
    nodeDisk.truncate(file, length);
  }

  sync(file: number): void {
    this.#countStep();
    this.#flush(file);
  }

  async syncLater(file: number): Promise<void> {
    this.#countStep();
    this.#flush(file);
  }

  size(file: number): number {
    this.#throwIfStopped();
    return nodeDisk.size(file);
  }

  rename(from: string, to: string): void {
    this.#countStep();
    this.#noteName(to, existsSync(to) ? readFileSync(to) : undefined);
    nodeDisk.rename(from, to);
    // What was not flushed under the old name is lost under the new one as well.
    if (this.#flushed.has(from)) this.#flushed.set(to, this.#flushed.get(from));
    else this.#flushed.delete(to);
    this.#flushed.delete(from);
  }

  remove(path: string): void {
    this.#countStep();
    if (existsSync(path)) this.#noteName(path, readFileSync(path));
    nodeDisk.remove(path);
  }

  makeDirectory(path: string): void {
    this.#throwIfStopped();
    nodeDisk.makeDirectory(path);
  }

  list(path: string): string[] {
    this.#throwIfStopped();
    return nodeDisk.list(path);
  }

  #flush(file: number): void {
    const path = this.#paths.get(file) ?? '';
    this.#flushed.delete(path);
    for (const name of this.#pendingNames.keys()) {
      if (dirname(name) === path) this.#pendingNames.delete(name);
    }
  }

  #noteContent(file: number): void {
    const path = this.#paths.get(file) ?? '';
    if (!this.#flushed.has(path)) this.#flushed.set(path, readFileSync(path));
  }

  #noteName(path: string, content: Buffer | undefined): void {
    if (!this.#pendingNames.has(path)) this.#pendingNames.set(path, content);
  }

  #countStep(): Fault | undefined {
    this.#throwIfStopped();
    this.steps++;
    if (this.steps !== this.#faultStep) return undefined;
    this.isUsed = true;
    if (this.#fault === 'stop') this.#stop();
    if (this.#fault === 'ENOSPC' || this.#fault === 'EIO') {
      throw Object.assign(new Error(`${this.#fault}: injected`), { code: this.#fault });
    }
    return this.#fault;
  }

  #stop(): never {
    this.isStopped = true;
    throw new StoppedError('stopped by the test');
  }

  #throwIfStopped(): void {
    if (this.isStopped) throw new StoppedError('stopped by the test');
  }
}
