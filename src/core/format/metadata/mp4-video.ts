/**
 * Properties of a video in an mp4 or mov file, as the Rust crate `mp4` 0.14 reads them: duration of the movie, size of the first video
 * track. That crate wants all boxes that the standard asks for and refuses files with tracks of unknown kinds; so is it here.
 */
import { uint16be, uint32be } from '../byte-fields.js';
import type { ByteSource } from './byte-source.js';
import { childBox, type MediaBox, readBoxes, readMediaTime } from './media-boxes.js';

/** What is known of a video. */
export interface VideoProperties {
  readonly milliseconds: number; // whole
  readonly width: number; // pixels
  readonly height: number;
}

interface Track {
  readonly handler: string; // `vide`, `soun`, `sbtl`
  readonly width: number;
  readonly height: number;
}

const knownHandlers: ReadonlySet<string> = new Set(['vide', 'soun', 'sbtl']);
const neededTables = ['stsd', 'stts', 'stsc', 'stsz'] as const;
const entryHeaderBytes = 8; // version, flags, number of entries
const visualFieldBytes = 78; // of a sample entry before its boxes
const configurationOf: ReadonlyMap<string, string> = new Map([
  ['avc1', 'avcC'],
  ['hev1', 'hvcC'],
]);

/** Returns the properties of the video in `source`, undefined when it is damaged, has no video track, or is no mp4. */
export function readVideo(source: ByteSource): VideoProperties | undefined {
  const boxes = readBoxes(source, 0, source.sizeBytes);
  const movie = boxes?.findLast(({ kind }) => kind === 'moov');
  if (movie === undefined || !boxes?.some(({ kind }) => kind === 'ftyp')) return undefined;
  const parts = readBoxes(source, movie.start, movie.end);
  const header = parts?.findLast(({ kind }) => kind === 'mvhd');
  const time = header && readMediaTime(source, header);
  const tracks = parts && readTracks(source, parts);
  const video = tracks?.find(({ handler }) => handler === 'vide');
  if (time === undefined || time.timescale === 0 || video === undefined) return undefined;
  const milliseconds = Math.floor((time.duration * 1000) / time.timescale);
  return { milliseconds, width: video.width, height: video.height };
}

/** Returns the tracks of a movie, undefined when one is damaged or of an unknown kind. */
function readTracks(source: ByteSource, parts: readonly MediaBox[]): Track[] | undefined {
  const tracks: Track[] = [];
  for (const box of parts) {
    if (box.kind !== 'trak') continue;
    const track = readTrack(source, box);
    if (track === undefined) return undefined;
    tracks.push(track);
  }
  return tracks;
}

function readTrack(source: ByteSource, track: MediaBox): Track | undefined {
  const size = trackSize(source, childBox(source, track, 'tkhd'));
  const media = childBox(source, track, 'mdia');
  const handlerBox = childBox(source, media, 'hdlr');
  const timeBox = childBox(source, media, 'mdhd');
  const info = childBox(source, media, 'minf');
  if (!size || !handlerBox || !timeBox || !readMediaTime(source, timeBox)) return undefined;
  const handler = Buffer.from(source.read(handlerBox.start + 8, 4)).toString('latin1');
  const hasReferences = childBox(source, childBox(source, info, 'dinf'), 'dref') !== undefined;
  const sample = sampleSize(source, childBox(source, info, 'stbl'), size);
  if (!knownHandlers.has(handler) || !hasReferences || sample === undefined) return undefined;
  return { handler, ...sample };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size in a track header has 16 binary places after the point. */
function trackSize(source: ByteSource, box: MediaBox | undefined): Size | undefined {
  const bytes = box && source.read(box.start, Math.min(box.end - box.start, 96));
  const version = bytes?.[0] ?? 2;
  const end = version === 1 ? 96 : 84;
  if (bytes === undefined || version > 1 || bytes.length < end) return undefined;
  if (uint32be(bytes, version === 1 ? 20 : 12) === 0) return undefined; // no track number
  return { width: uint16be(bytes, end - 8), height: uint16be(bytes, end - 4) };
}

/** Returns the size of the samples: of the first entry when it is AVC, else of the track. */
function sampleSize(source: ByteSource, table: MediaBox | undefined, size: Size): Size | undefined {
  const boxes = table && readBoxes(source, table.start, table.end);
  const kinds = new Set(boxes?.map(({ kind }) => kind));
  const isWhole = neededTables.every((kind) => kinds.has(kind));
  if (!isWhole || !(kinds.has('stco') || kinds.has('co64'))) return undefined;
  const description = boxes?.findLast(({ kind }) => kind === 'stsd');
  if (description === undefined) return undefined;
  const start = description.start + entryHeaderBytes;
  const entry = source.read(start, 8 + visualFieldBytes + 8);
  if (entry.length < 8 || uint32be(entry, 0) > description.end - description.start + 8) {
    return undefined;
  }
  return entrySize(entry, size);
}

function entrySize(entry: Uint8Array, size: Size): Size | undefined {
  const text = Buffer.from(entry);
  const configuration = configurationOf.get(text.toString('latin1', 4, 8));
  if (configuration === undefined) return size;
  const found = text.toString('latin1', 8 + visualFieldBytes + 4, 8 + visualFieldBytes + 8);
  if (found !== configuration) return undefined;
  if (configuration !== 'avcC') return size;
  return { width: uint16be(entry, 32), height: uint16be(entry, 34) };
}
