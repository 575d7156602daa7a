/**
 * Properties of a sound in an mp4 file (m4a), as the Rust crate `lofty` 0.25 computes them: duration of the first sound track, channels and
 * sample rate of its first sample entry, corrected by the codec's own header.
 */
import { uint16be, uint24be, uint32be } from '../byte-fields.js';
import { type AudioProperties, divideRounded } from './audio-properties.js';
import type { ByteSource } from './byte-source.js';
import { readStreamInfo } from './flac-audio.js';
import { childBox, type MediaBox, readBoxes, readMediaTime } from './media-boxes.js';

interface SoundFormat {
  readonly channelCount: number;
  readonly sampleRate: number;
}

const entryBytes = 256; // enough for the fields and the codec header of a sample entry
const aacRates: readonly number[] = [
  96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350, 0, 0,
];

/** Returns the properties of the mp4 file in `source`, undefined when it is damaged or has no sound track. */
export function readMp4Audio(source: ByteSource): AudioProperties | undefined {
  const boxes = readBoxes(source, 0, source.sizeBytes);
  const movie = boxes?.find(({ kind }) => kind === 'moov');
  if (boxes?.[0]?.kind !== 'ftyp' || movie === undefined) return undefined;
  const tracks = readBoxes(source, movie.start, movie.end)?.filter(({ kind }) => kind === 'trak');
  const media = tracks
    ?.map((track) => childBox(source, track, 'mdia'))
    .find((box) => handlerOf(source, box) === 'soun');
  const timeBox = childBox(source, media, 'mdhd');
  const time = timeBox && readMediaTime(source, timeBox);
  if (time === undefined) return undefined;
  const milliseconds = time.timescale > 0 ? divideRounded(time.duration * 1000, time.timescale) : 0;
  const table = childBox(source, childBox(source, media, 'minf'), 'stbl');
  const description = childBox(source, table, 'stsd');
  const format = description && readFormat(source, description);
  return { milliseconds, ...(format ?? { channelCount: 0, sampleRate: 0 }) };
}

function handlerOf(source: ByteSource, media: MediaBox | undefined): string | undefined {
  const handler = childBox(source, media, 'hdlr');
  return handler && Buffer.from(source.read(handler.start + 8, 4)).toString('latin1');
}

function readFormat(source: ByteSource, description: MediaBox): SoundFormat | undefined {
  const entry = Buffer.from(source.read(description.start + 8, entryBytes));
  const version = uint16be(entry, 16);
  if (entry.length < 36 || version > 2) return undefined;
  const stated = {
    channelCount: uint16be(entry, 24) & 0xff,
    sampleRate: uint32be(entry, 32) >>> 16,
  };
  const extra = version === 1 ? 16 : version === 2 ? 36 + uint32be(entry, 36) : 0;
  const codecAt = 36 + extra;
  if (codecAt + 8 > entry.length) return stated;
  const codecBox = entry.toString('latin1', codecAt + 4, codecAt + 8);
  switch (`${entry.toString('latin1', 4, 8)} ${codecBox}`) {
    case 'mp4a esds':
      return readAacConfig(entry, codecAt + 8, stated);
    case 'alac alac':
      return { channelCount: entry[codecAt + 21] ?? 0, sampleRate: uint32be(entry, codecAt + 32) };
    case 'fLaC dfLa': {
      const { channelCount, sampleRate } = readStreamInfo(entry, codecAt + 16);
      return { channelCount, sampleRate };
    }
    default:
      return stated;
  }
}

/** Steps through the nested descriptors of an `esds` box to the AudioSpecificConfig of ISO 14496-3. */
function readAacConfig(entry: Uint8Array, start: number, stated: SoundFormat): SoundFormat {
  if (uint32be(entry, start) !== 0) return stated;
  const elementary = readDescriptor(entry, start + 4);
  if (elementary.tag !== 3) return stated;
  const decoder = readDescriptor(entry, elementary.content + 3);
  if (decoder.tag !== 4) return stated;
  const specific = readDescriptor(entry, decoder.content + 13);
  return specific.tag === 5 ? readSpecificConfig(entry, specific.content, stated) : stated;
}

/** The length of a descriptor takes one to four bytes. */
function readDescriptor(bytes: Uint8Array, at: number): { tag: number; content: number } {
  let content = at + 1;
  for (let count = 0; count < 4; count++) {
    if ((bytes[content++] ?? 0) < 0x80) break;
  }
  return { tag: bytes[at] ?? 0, content };
}

function readSpecificConfig(bytes: Uint8Array, at: number, stated: SoundFormat): SoundFormat {
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  if (first >> 3 === 31) return readExtendedConfig(bytes, at, stated);
  const index = ((first & 7) << 1) | (second >> 7);
  const explicit = uint24be(bytes, at + 2);
  const channels =
    index === 15 ? ((explicit & 0x80) | ((bytes[at + 5] ?? 0) >> 1)) & 15 : (second >> 3) & 15;
  const rate = index === 15 ? explicit << 1 : aacRates[index];
  return {
    channelCount: channels > 0 ? channels : stated.channelCount,
    sampleRate: index === 15 && rate === 0 ? stated.sampleRate : (rate ?? stated.sampleRate),
  };
}

/** Object types from 32 on; the original takes the bits of the channels from odd places, and so do we. */
function readExtendedConfig(bytes: Uint8Array, at: number, stated: SoundFormat): SoundFormat {
  const second = bytes[at + 1] ?? 0;
  const index = (second >> 1) & 15;
  const explicit = uint24be(bytes, at + 2);
  const channels =
    index === 15 ? (explicit >> 4) & 15 : (second & 1) | ((bytes[at + 2] ?? 0) & 0xe0);
  const rate = index === 15 ? explicit >> 1 : aacRates[index];
  return {
    channelCount: channels > 0 ? channels : stated.channelCount,
    sampleRate: index === 15 && rate === 0 ? stated.sampleRate : (rate ?? stated.sampleRate),
  };
}
