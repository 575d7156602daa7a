/** Properties of a Monkey's Audio file, as the Rust crate `lofty` 0.25 computes them. */
import { hasBytes, latin1Bytes, uint16le, uint32le } from '../byte-fields.js';
import { type AudioProperties, id3TagBytes } from './audio-properties.js';
import type { ByteSource } from './byte-source.js';

const magic = latin1Bytes('MAC ');
const descriptorVersion = 3980; // from which on a descriptor precedes the header
const descriptorBytes = 52;
const minFileBytes = 32;

interface FrameCounts {
  readonly blocksPerFrame: number;
  readonly finalFrameBlocks: number;
  readonly frames: number;
}

/** Returns the properties of the ape file in `source`, undefined when it is damaged. */
export function readApe(source: ByteSource): AudioProperties | undefined {
  const start = id3TagBytes(source.read(0, 10));
  const head = Uint8Array.from(source.read(start, 12));
  if (!hasBytes(head, 0, magic) || source.sizeBytes < minFileBytes) return undefined;
  const version = uint16le(head, 4);
  if (version < descriptorVersion) return readOld(source.read(start + 6, 26), version);
  const extra = Math.max(0, uint32le(head, 8) - descriptorBytes);
  return readNew(source.read(start + descriptorBytes + extra, 24));
}

function readNew(header: Uint8Array): AudioProperties | undefined {
  if (header.length < 24) return undefined;
  const counts = {
    blocksPerFrame: uint32le(header, 4),
    finalFrameBlocks: uint32le(header, 8),
    frames: uint32le(header, 12),
  };
  return propertiesOf(counts, uint16le(header, 18) & 0xff, uint32le(header, 20));
}

function readOld(header: Uint8Array, version: number): AudioProperties | undefined {
  if (header.length < 26) return undefined;
  const isLarge = version >= 3900 || (version >= 3800 && uint16le(header, 0) >= 4000);
  const counts = {
    blocksPerFrame: version >= 3950 ? 73728 * 4 : isLarge ? 73728 : 9216,
    frames: uint32le(header, 18),
    finalFrameBlocks: uint32le(header, 22),
  };
  return propertiesOf(counts, uint16le(header, 4) & 0xff, uint32le(header, 6));
}

/** Without frames, or with an impossible number of channels, the duration stays 0. */
function propertiesOf(
  { blocksPerFrame, finalFrameBlocks, frames }: FrameCounts,
  channelCount: number,
  sampleRate: number,
): AudioProperties {
  const isSound = frames > 0 && channelCount >= 1 && channelCount <= 32 && sampleRate > 0;
  const whole = finalFrameBlocks > 1 ? blocksPerFrame * (frames - 1) : 0;
  const milliseconds = isSound
    ? Math.floor(((finalFrameBlocks + whole) * 1000) / sampleRate + 0.5)
    : 0;
  return { milliseconds, channelCount, sampleRate };
}
