/** Properties of an aiff or aifc file, as the Rust crate `lofty` 0.25 computes them. */
import { hasBytes, latin1Bytes, uint16be, uint32be, uint64be } from '../byte-fields.js';
import type { AudioProperties } from './audio-properties.js';
import type { ByteSource } from './byte-source.js';
import { readIffChunks } from './iff-chunks.js';

const form = latin1Bytes('FORM');
const aiff = latin1Bytes('AIFF');
const aifc = latin1Bytes('AIFC');
const commonBytes = 18;

/** Returns the properties of the aiff file in `source`, undefined when it is damaged. */
export function readAiff(source: ByteSource): AudioProperties | undefined {
  const head = source.read(0, 12);
  if (!hasBytes(head, 0, form) || !(hasBytes(head, 8, aiff) || hasBytes(head, 8, aifc))) {
    return undefined;
  }
  const chunks = readIffChunks(source, true);
  const common = chunks.find(({ kind }) => kind === 'COMM');
  const hasSound = chunks.some(({ kind, sizeBytes }) => kind === 'SSND' && sizeBytes > 0);
  if (common === undefined || common.sizeBytes < commonBytes || !hasSound) return undefined;
  const fields = source.read(common.start, commonBytes);
  const channelCount = uint16be(fields, 0);
  const frames = uint32be(fields, 2);
  const sampleRate = extendedFloat(fields, 8);
  if (channelCount === 0 || sampleRate === undefined) return undefined;
  const milliseconds = sampleRate > 0 ? Math.floor((frames * 1000) / sampleRate) : 0;
  return { milliseconds, channelCount: channelCount & 0xff, sampleRate };
}

/** Returns an 80-bit float as a whole number of 32 bits; undefined when it is negative or no number. */
function extendedFloat(bytes: Uint8Array, at: number): number | undefined {
  const sign = uint16be(bytes, at);
  const exponent = sign & 0x7fff;
  if (sign >= 0x8000 || exponent === 0x7fff) return undefined;
  const fraction = uint64be(bytes, at + 2);
  if (fraction === 0) return 0;
  return Math.min(Math.round(fraction * 2 ** (exponent - 16383 - 63)), 0xffffffff);
}
