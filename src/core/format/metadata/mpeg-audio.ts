/**
 * Properties of an mp3 file, as the Rust crate `lofty` 0.25 computes them: from a VBR header in the first frame, else from the
 * bit rate of the first frame and the distance to the last one. Searching in junk is bounded.
 */
import { type AudioProperties, divideRounded, id3TagBytes } from './audio-properties.js';
import type { ByteSource } from './byte-source.js';
import { isFrameSync, type MpegFrame, readMpegFrame } from './mpeg-frame.js';
import { WindowedSource } from './windowed-source.js';

const maxSearchBytes = 16 * 2 ** 20; // for the first frame
const maxBackBytes = 4 * 2 ** 20; // for the last frame
const backStep = 1024;
const comparedBits = 0xfffe0c00; // sync, version, layer and sample rate of a header

interface PlacedFrame {
  readonly frame: MpegFrame;
  readonly start: number;
}

/** Returns the properties of the mp3 file in `source`, undefined when no frame is found. */
export function readMpeg(source: ByteSource): AudioProperties | undefined {
  const bytes = new WindowedSource(source);
  const first = findFirstFrame(bytes, skipTags(source, bytes));
  const end = first && audioEnd(bytes);
  if (first === undefined || end === undefined) return undefined;
  const { frame, start } = first;
  const vbrAt = start + frame.dataStart;
  if (vbrAt + 32 > bytes.sizeBytes) return undefined;
  const frames = vbrFrames(bytes, vbrAt);
  const milliseconds =
    frames > 0
      ? divideRounded(frame.samples * 1000 * frames, frame.sampleRate)
      : constantRateDuration(bytes, first, end);
  return { milliseconds, channelCount: frame.isMono ? 1 : 2, sampleRate: frame.sampleRate };
}

/** Returns where the search for frames starts: after NUL bytes and tags. */
function skipTags(source: ByteSource, bytes: WindowedSource): number {
  let at = 0;
  while (at < maxSearchBytes && bytes.byte(at) === 0) at++;
  for (let tags = 0; tags < 100; tags++) {
    const length = id3TagBytes(source.read(at, 10));
    if (length === 0) break;
    at += length;
  }
  return at;
}

/** A frame counts when another one with the same settings follows it. */
function findFirstFrame(bytes: WindowedSource, from: number): PlacedFrame | undefined {
  const limit = Math.min(bytes.sizeBytes - 4, from + maxSearchBytes);
  for (let at = from; at <= limit; at++) {
    if (bytes.byte(at) !== 0xff || !isFrameSync(0xff, bytes.byte(at + 1))) continue;
    const header = bytes.uint32be(at) ?? 0;
    const frame = readMpegFrame(header);
    if (frame === undefined) {
      at += 3; // as the original, which goes on behind the header
      continue;
    }
    const next = bytes.uint32be(at + Math.max(frame.length, 4));
    if (next === undefined) return undefined;
    if (((next ^ header) & comparedBits) === 0) return { frame, start: at };
    at += Math.max(frame.length, 4) - 1;
  }
  return undefined;
}

/** Returns where the audio ends: before the tags at the end of the file; undefined when it is too short for any. */
function audioEnd(bytes: WindowedSource): number | undefined {
  let end = bytes.sizeBytes;
  if (end >= 128 && bytes.hasText(end - 128, 'TAG')) end -= 128;
  if (end < 32) return undefined;
  if (bytes.hasText(end - 9, '200') || bytes.hasText(end - 9, 'LYRICS200')) {
    const length = Number(digitsAt(bytes, end - 15, 6));
    if (Number.isInteger(length) && length + 15 <= end) end -= length + 15;
  }
  if (end < 32) return undefined;
  return bytes.hasText(end - 32, 'APETAGEX') ? apeTagStart(bytes, end) : end;
}

function digitsAt(bytes: WindowedSource, at: number, count: number): string {
  let text = '';
  for (let index = 0; index < count; index++) text += String.fromCharCode(bytes.byte(at + index));
  return text;
}

function apeTagStart(bytes: WindowedSource, end: number): number | undefined {
  const version = reversed(bytes.uint32be(end - 24) ?? 0);
  const size = reversed(bytes.uint32be(end - 20) ?? 0) + (version === 2000 ? 32 : 0);
  return size >= 32 && size <= end ? end - size : undefined;
}

function reversed(value: number): number {
  return Buffer.of(value >>> 24, value >>> 16, value >>> 8, value).readUInt32LE();
}

/** Returns the number of frames that a VBR header states, 0 without a usable one. */
function vbrFrames(bytes: WindowedSource, at: number): number {
  if (bytes.hasText(at, 'VBRI')) {
    const size = bytes.uint32be(at + 10) ?? 0;
    return size > 0 ? (bytes.uint32be(at + 14) ?? 0) : 0;
  }
  if (!bytes.hasText(at, 'Xing') && !bytes.hasText(at, 'Info')) return 0;
  const hasBoth = (bytes.byte(at + 7) & 3) === 3;
  const size = bytes.uint32be(at + 12) ?? 0;
  return hasBoth && size > 0 ? (bytes.uint32be(at + 8) ?? 0) : 0;
}

/** The stream ends with the last frame that has the settings of the first; without one the duration is 0. */
function constantRateDuration(bytes: WindowedSource, first: PlacedFrame, end: number): number {
  const last = findLastFrame(bytes, first.frame, end);
  if (last === undefined) return 0;
  const length = last.start + last.frame.length - first.start;
  return length < 0 ? 0 : divideRounded(length * 8, first.frame.bitrate);
}

function findLastFrame(
  bytes: WindowedSource,
  wanted: MpegFrame,
  end: number,
): PlacedFrame | undefined {
  const lowest = Math.max(0, end - maxBackBytes);
  let position = end;
  while (position > lowest) {
    const start = Math.max(0, position - backStep);
    const found = lastFrameBetween(bytes, start, position);
    if (found && isSameKind(found.frame, wanted)) return found;
    position = found?.start ?? start;
  }
  return undefined;
}

function lastFrameBetween(
  bytes: WindowedSource,
  start: number,
  end: number,
): PlacedFrame | undefined {
  for (let at = end - 4; at >= start; at--) {
    if (bytes.byte(at) !== 0xff || !isFrameSync(0xff, bytes.byte(at + 1))) continue;
    const frame = readMpegFrame(bytes.uint32be(at) ?? 0);
    if (frame !== undefined) return { frame, start: at };
  }
  return undefined;
}

function isSameKind(frame: MpegFrame, other: MpegFrame): boolean {
  return (
    frame.version === other.version &&
    frame.layer === other.layer &&
    frame.sampleRate === other.sampleRate
  );
}
