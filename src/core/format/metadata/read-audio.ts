/**
 * Properties of an audio file. Which format it is read as is decided by the extension, as in the original; only where that says nothing
 * by the content. Formats that the original cannot read either (midi, amr, dsf) have no properties.
 */
import { hasBytes, latin1Bytes } from '../byte-fields.js';
import { readAac } from './aac-audio.js';
import { readAiff } from './aiff-audio.js';
import { readApe } from './ape-audio.js';
import { type AudioProperties, id3TagBytes } from './audio-properties.js';
import type { ByteSource } from './byte-source.js';
import { readFlac } from './flac-audio.js';
import { readMp4Audio } from './mp4-audio.js';
import { readMpeg } from './mpeg-audio.js';
import { readOgg } from './ogg-audio.js';
import { readWav } from './wav-audio.js';

type AudioReader = (source: ByteSource) => AudioProperties | undefined;

const unreadable: AudioReader = () => undefined;
const readVorbis: AudioReader = (source) => readOgg(source, 'vorbis');
const readOpus: AudioReader = (source) => readOgg(source, 'opus');
const readSpeex: AudioReader = (source) => readOgg(source, 'speex');

/** Musepack and WavPack are never reached with their own content, as no mime type stands for them. */
const readers: readonly (readonly [string, AudioReader])[] = [
  ['aac', readAac],
  ['ape', readApe],
  ['aiff aif afc aifc', readAiff],
  ['mp3 mp2 mp1', readMpeg],
  ['wav wave', readWav],
  ['flac', readFlac],
  ['ogg', readVorbis],
  ['opus', readOpus],
  ['spx', readSpeex],
  ['mp4 m4a m4b m4p m4r m4v 3gp', readMp4Audio],
  ['wv mpc mp+ mpp', unreadable],
];
const readerOfExtension: ReadonlyMap<string, AudioReader> = new Map(
  readers.flatMap(([extensions, reader]) =>
    extensions.split(' ').map((extension): [string, AudioReader] => [extension, reader]),
  ),
);

const marks: readonly (readonly [number, Uint8Array, AudioReader])[] = [
  [0, latin1Bytes('MAC'), readApe],
  [8, latin1Bytes('AIFF'), readAiff],
  [8, latin1Bytes('AIFC'), readAiff],
  [28, latin1Bytes('\x01vorbis'), readVorbis],
  [28, latin1Bytes('OpusHead'), readOpus],
  [28, latin1Bytes('Speex   '), readSpeex],
  [0, latin1Bytes('fLaC'), readFlac],
  [8, latin1Bytes('WAVE'), readWav],
  [4, latin1Bytes('ftyp'), readMp4Audio],
];

/** Returns the properties of the audio file in `source`, undefined when it is damaged or of an unknown format. */
export function readAudio(source: ByteSource, extension: string): AudioProperties | undefined {
  const reader = readerOfExtension.get(extension.toLowerCase()) ?? readerOfContent(source);
  return reader(source);
}

function readerOfContent(source: ByteSource): AudioReader {
  const tagBytes = id3TagBytes(source.read(0, 10));
  const head = source.read(tagBytes, 36);
  const isSync = head[0] === 0xff && (head[1] ?? 0) >= 0xe0;
  if (isSync) return ((head[1] ?? 0) & 0x16) === 0x10 ? readAac : readMpeg;
  const found = marks.find(([offset, mark]) => hasBytes(head, offset, mark));
  return found?.[2] ?? (tagBytes > 0 ? readMpeg : unreadable);
}
