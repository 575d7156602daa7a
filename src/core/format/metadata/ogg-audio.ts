/**
 * Properties of ogg files with Vorbis, Opus or Speex, as the Rust crate `lofty` 0.25 computes them: the duration is the difference
 * of the positions in the last and the first page.
 */
import { hasBytes, latin1Bytes, uint16le, uint32le, uint64le } from '../byte-fields.js';
import { type AudioProperties, divideRounded } from './audio-properties.js';
import type { ByteSource } from './byte-source.js';

/** The codecs inside ogg files that are read. */
export type OggCodec = 'vorbis' | 'opus' | 'speex';

const capture = latin1Bytes('OggS');
const pageHeaderBytes = 27;
const maxHeadPages = 2000; // pages with comments, which may hold pictures
const searchBytes = 16384;
const maxTailBytes = 2 ** 20; // a page has at most 64 KiB

const identification: Readonly<Record<OggCodec, Uint8Array>> = {
  vorbis: latin1Bytes('\x01vorbis'),
  opus: latin1Bytes('OpusHead'),
  speex: latin1Bytes('Speex   '),
};
const comments: Readonly<Record<OggCodec, Uint8Array>> = {
  vorbis: latin1Bytes('\x03vorbis'),
  opus: latin1Bytes('OpusTags'),
  speex: new Uint8Array(0),
};

/** Returns the properties of the ogg file in `source`, undefined when it is damaged or holds another codec. */
export function readOgg(source: ByteSource, codec: OggCodec): AudioProperties | undefined {
  const head = Uint8Array.from(source.read(0, 1024));
  const segments = head[26] ?? 0;
  const packet = head.subarray(pageHeaderBytes + segments, firstPacketEnd(head));
  if (!hasBytes(head, 0, capture) || !hasBytes(packet, 0, identification[codec])) return undefined;
  const headEnd = commentsEnd(source, codec);
  if (headEnd === undefined) return undefined;
  const last = lastPosition(source, headEnd);
  const samples = last === undefined ? 0 : Math.max(0, last - uint64le(head, 6));
  if (codec === 'vorbis') return vorbisProperties(packet, samples);
  return codec === 'opus' ? opusProperties(packet, samples) : speexProperties(packet, samples);
}

function firstPacketEnd(head: Uint8Array): number {
  const segments = head[26] ?? 0;
  let length = 0;
  for (let index = 0; index < segments; index++) {
    const part = head[pageHeaderBytes + index] ?? 0;
    length += part;
    if (part < 255) break;
  }
  return pageHeaderBytes + segments + length;
}

function vorbisProperties(packet: Uint8Array, samples: number): AudioProperties | undefined {
  if (packet.length < 28) return undefined;
  const sampleRate = uint32le(packet, 12);
  const milliseconds = sampleRate > 0 ? divideRounded(samples * 1000, sampleRate) : 0;
  return { milliseconds, channelCount: packet[11] ?? 0, sampleRate };
}

/** Opus always counts 48,000 samples a second, whatever the rate of the original sound was. */
function opusProperties(packet: Uint8Array, samples: number): AudioProperties | undefined {
  const channelCount = packet[9] ?? 0;
  const family = packet[18] ?? 2;
  if (packet.length < 19 || family > 1 || channelCount > (family === 0 ? 2 : 8)) return undefined;
  if (channelCount === 0) return undefined;
  const played = Math.max(0, samples - uint16le(packet, 10));
  return {
    milliseconds: divideRounded(played * 1000, 48000),
    channelCount,
    sampleRate: uint32le(packet, 12),
  };
}

function speexProperties(packet: Uint8Array, samples: number): AudioProperties | undefined {
  const channelCount = uint32le(packet, 48);
  if (packet.length < 80 || uint32le(packet, 28) > 1 || channelCount < 1 || channelCount > 2) {
    return undefined;
  }
  const sampleRate = uint32le(packet, 36);
  const milliseconds = sampleRate > 0 ? divideRounded(samples * 1000, sampleRate) : 0;
  return { milliseconds, channelCount, sampleRate };
}

/** Returns where the page ends in which the comments end; undefined when there are none. */
function commentsEnd(source: ByteSource, codec: OggCodec): number | undefined {
  const neededPackets = codec === 'vorbis' ? 3 : 2;
  let packets = 0;
  let at = 0;
  for (let pages = 0; pages < maxHeadPages; pages++) {
    const page = readPageHead(source, at);
    if (page === undefined) return undefined;
    const isSecond = packets === 1 && pages === 1;
    if (isSecond && !startsWith(source, page.body, comments[codec])) return undefined;
    packets += page.packetEnds;
    at = page.end;
    if (packets >= neededPackets) return at;
  }
  return undefined;
}

interface PageHead {
  readonly body: number; // where the content starts
  readonly end: number;
  readonly packetEnds: number; // packets that end in the page
}

/** Returns what the header of the page at `at` says, undefined when there is no whole page. */
function readPageHead(source: ByteSource, at: number): PageHead | undefined {
  const header = source.read(at, pageHeaderBytes + 255);
  const tableEnd = pageHeaderBytes + (header[26] ?? 0);
  if (!hasBytes(header, 0, capture) || header.length < tableEnd) return undefined;
  let length = 0;
  let packetEnds = 0;
  for (const part of header.subarray(pageHeaderBytes, tableEnd)) {
    length += part;
    if (part < 255) packetEnds++;
  }
  const body = at + tableEnd;
  const end = body + length;
  return end > source.sizeBytes ? undefined : { body, end, packetEnds };
}

function startsWith(source: ByteSource, at: number, mark: Uint8Array): boolean {
  return hasBytes(source.read(at, mark.length), 0, mark);
}

/** Returns the position in the last page after `headEnd`. */
function lastPosition(source: ByteSource, headEnd: number): number | undefined {
  const lowest = Math.max(headEnd, source.sizeBytes - maxTailBytes);
  for (let end = source.sizeBytes; end > lowest; end -= searchBytes) {
    const start = Math.max(lowest, end - searchBytes);
    const bytes = Uint8Array.from(source.read(start, end - start + pageHeaderBytes));
    for (let at = end - start - 1; at >= 0; at--) {
      const isPage = bytes[at] === 0x4f && hasBytes(bytes, at, capture) && bytes[at + 4] === 0;
      if (isPage && at + pageHeaderBytes <= bytes.length) return uint64le(bytes, at + 6);
    }
  }
  return undefined;
}
