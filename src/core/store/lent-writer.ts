/** A pack writer for sinks: packs are lent when they are needed and given back full, and what was written is collected until a commit. */
import type { PackSlot } from '../model/jobs.js';
import type { PackLender } from './pack-allocator.js';
import { PackWriter } from './pack-writer.js';
import type { PackPlaces } from './version-store.js';

/** Writes to one lent pack after the other. Close it when done. */
export class LentWriter {
  readonly #lender: PackLender;
  #done: PackPlaces[] = [];
  #open: { slot: PackSlot; writer: PackWriter } | undefined;

  constructor(lender: PackLender) {
    this.#lender = lender;
  }

  /** The writer for the next record. @throws OperationError when a pack cannot be opened or written */
  get current(): PackWriter {
    if (this.#open?.writer.isFull === true) this.#giveBack();
    if (this.#open === undefined) {
      const slot = this.#lender.lend();
      this.#open = { slot, writer: new PackWriter(slot, { disk: this.#lender.disk }) };
    }
    return this.#open.writer;
  }

  /** Gives the pack back and returns the places of everything since `forget`. @throws OperationError as `current` */
  finish(): readonly PackPlaces[] {
    this.#giveBack();
    return this.#done;
  }

  /** Forgets what was written: it was committed. */
  forget(): void {
    this.#done = [];
  }

  /** Gives the pack back; what is in it is lost. */
  close(): void {
    if (this.#open !== undefined) {
      const { slot, writer } = this.#open;
      this.#open = undefined;
      writer.close();
      this.#lender.giveBack(slot, slot.offset);
    }
    this.forget();
  }

  #giveBack(): void {
    if (this.#open === undefined) return;
    const { slot, writer } = this.#open;
    this.#open = undefined;
    let end = slot.offset;
    try {
      const written = writer.finish();
      this.#done.push({ packId: slot.packId, places: written.places });
      end = written.slotEnd;
    } finally {
      writer.close();
      this.#lender.giveBack(slot, end);
    }
  }
}
