/**
 * Properties of an aac file with ADTS frames, as the Rust crate `lofty` 0.25 computes them: the duration follows from the mean bit rate
 * of all frames.
 */
import { type AudioProperties, id3TagBytes } from './audio-properties.js';
import type { ByteSource } from './byte-source.js';
import { WindowedSource } from './windowed-source.js';

const sampleRates: readonly number[] = [
  96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350, 0, 0,
];
const comparedBits = 0xffffffe0;
const maxFrames = 4_000_000; // about a day of sound: a bound for hostile files
const maxSearchBytes = 16 * 2 ** 20;

interface AdtsFrame {
  readonly start: number;
  readonly length: number;
  readonly sampleRate: number;
  readonly channelCount: number;
  readonly bitrate: number; // kbit a second
}

/** Returns the properties of the aac file in `source`, undefined when it is damaged. */
export function readAac(source: ByteSource): AudioProperties | undefined {
  const bytes = new WindowedSource(source);
  let start = 0;
  while (start < maxSearchBytes && bytes.byte(start) === 0) start++;
  const tagBytes = id3TagBytes(source.read(start, 10));
  const first = findFrame(bytes, start + tagBytes);
  if (first === undefined || first.bitrate === 0) return undefined;
  let total = first.bitrate;
  let count = 1;
  for (let frame = first; count < maxFrames; count++) {
    const next = findFrame(bytes, frame.start + frame.length);
    if (next === undefined) break;
    total += next.bitrate;
    frame = next;
  }
  const bitrate = Math.floor(total / count);
  const { sampleRate, channelCount } = first;
  const streamBytes = bytes.sizeBytes - Math.max(tagBytes - 10, 0) - endTagBytes(bytes);
  return { milliseconds: Math.floor((streamBytes * 8) / bitrate), channelCount, sampleRate };
}

function endTagBytes(bytes: WindowedSource): number {
  const end = bytes.sizeBytes;
  return end >= 128 && bytes.hasText(end - 128, 'TAG') ? 128 : 0;
}

/** Returns the next frame that another one with the same header follows. */
function findFrame(bytes: WindowedSource, from: number): AdtsFrame | undefined {
  const limit = Math.min(bytes.sizeBytes - 7, from + maxSearchBytes);
  for (let at = from; at <= limit; at++) {
    if (bytes.byte(at) !== 0xff || bytes.byte(at + 1) < 0xe0) continue;
    const frame = readFrame(bytes, at);
    if (frame === undefined) return undefined;
    const headerBytes = bytes.byte(at + 1) % 2 === 0 ? 9 : 7;
    const end = at + Math.max(frame.length, headerBytes);
    const next = bytes.uint32be(end);
    if (next === undefined) return undefined;
    if ((((bytes.uint32be(at) ?? 0) ^ next) & comparedBits) === 0) return frame;
    at = end - 1;
  }
  return undefined;
}

function readFrame(bytes: WindowedSource, start: number): AdtsFrame | undefined {
  const rateIndex = (bytes.byte(start + 2) >> 2) & 15;
  const sampleRate = sampleRates[rateIndex];
  if (sampleRate === undefined) return undefined;
  const fourth = bytes.byte(start + 3);
  const length = ((fourth & 3) << 11) | (bytes.byte(start + 4) << 3) | (bytes.byte(start + 5) >> 5);
  return {
    start,
    length,
    sampleRate,
    channelCount: ((bytes.byte(start + 2) & 1) << 2) | (fourth >> 6),
    bitrate: Math.floor((Math.floor((length * sampleRate) / 1024) * 8) / 1024),
  };
}
