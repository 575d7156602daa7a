/** Properties of a flac file from its STREAMINFO block, as the Rust crate `lofty` 0.25 computes them. */
import { hasBytes, latin1Bytes, uint24be, uint32be } from '../byte-fields.js';
import { type AudioProperties, id3TagBytes } from './audio-properties.js';
import type { ByteSource } from './byte-source.js';

const magic = latin1Bytes('fLaC');
const streamInfoBytes = 34;
const maxBlocks = 100_000;

/** Returns the properties of the flac file in `source`, undefined when its blocks are damaged. */
export function readFlac(source: ByteSource): AudioProperties | undefined {
  const start = id3TagBytes(source.read(0, 10));
  const head = source.read(start, 8 + streamInfoBytes);
  const length = uint24be(head, 5);
  const isInfo = hasBytes(head, 0, magic) && ((head[4] ?? 1) & 0x7f) === 0;
  if (!isInfo || length < streamInfoBytes || head.length < 8 + streamInfoBytes) return undefined;
  const properties = readStreamInfo(head, 8);
  return areBlocksWhole(source, start + 4) ? properties : undefined;
}

/** Reads the 34 bytes of a STREAMINFO block at `at`. */
export function readStreamInfo(bytes: Uint8Array, at: number): AudioProperties {
  const info = uint32be(bytes, at + 10);
  const sampleRate = info >>> 12;
  const samples = (info & 15) * 2 ** 32 + uint32be(bytes, at + 14);
  const milliseconds = sampleRate > 0 ? Math.floor((samples * 1000) / sampleRate) : 0;
  return { milliseconds, channelCount: ((info >>> 9) & 7) + 1, sampleRate };
}

function areBlocksWhole(source: ByteSource, start: number): boolean {
  let at = start;
  for (let count = 0; count < maxBlocks; count++) {
    const header = source.read(at, 4);
    at += 4 + uint24be(header, 1);
    if (header.length < 4 || at > source.sizeBytes) return false;
    if ((header[0] ?? 0) >= 0x80) return true;
  }
  return false;
}
