/** Collects the metadata of a text: its lines and characters. */
import type { FileMetadata } from '../../model/node.js';
import { uint64le } from '../byte-fields.js';
import type { MetadataCollector, TextCounter } from './metadata-collector.js';

/** Collects the metadata of one text. */
export class TextCollector implements MetadataCollector {
  readonly #count: TextCounter;
  #newlineCount = 0;
  #characterCount = 0;

  constructor(count: TextCounter) {
    this.#count = count;
  }

  update(block: Uint8Array): void {
    const { newlineCount, characterCount } = this.#count(block);
    this.#newlineCount += newlineCount;
    this.#characterCount += characterCount;
  }

  finish(): FileMetadata {
    return {
      kind: 'text',
      lineCount: this.#newlineCount + 1,
      charCount: this.#characterCount,
    };
  }

  save(): Uint8Array {
    const state = Buffer.alloc(16);
    state.writeBigUInt64LE(BigInt(this.#newlineCount), 0);
    state.writeBigUInt64LE(BigInt(this.#characterCount), 8);
    return state;
  }

  /** Returns a collector that goes on from what `save` returned. */
  static restore(packed: Uint8Array, count: TextCounter): TextCollector {
    const collector = new TextCollector(count);
    collector.#newlineCount = uint64le(packed, 0);
    collector.#characterCount = uint64le(packed, 8);
    return collector;
  }
}
