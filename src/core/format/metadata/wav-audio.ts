/** Properties of a wav file, as the Rust crate `lofty` 0.25 computes them. */
import { hasBytes, latin1Bytes, uint16le, uint32le } from '../byte-fields.js';
import { type AudioProperties, divideRounded } from './audio-properties.js';
import type { ByteSource } from './byte-source.js';
import { type IffChunk, readIffChunks } from './iff-chunks.js';

const riff = latin1Bytes('RIFF');
const wave = latin1Bytes('WAVE');
const pcm = 1;
const float = 3;
const extensible = 0xfffe;

/** Returns the properties of the wav file in `source`, undefined when it is damaged. */
export function readWav(source: ByteSource): AudioProperties | undefined {
  const head = source.read(0, 12);
  if (!hasBytes(head, 0, riff) || !hasBytes(head, 8, wave)) return undefined;
  const chunks = readIffChunks(source, false);
  const format = chunks.find(({ kind, sizeBytes }) => kind === 'fmt ' && sizeBytes > 0);
  const data = chunks.find(({ kind, sizeBytes }) => kind === 'data' && sizeBytes > 0);
  if (format === undefined || data === undefined || format.sizeBytes < 16) return undefined;
  const fields = Uint8Array.from(source.read(format.start, Math.min(format.sizeBytes, 40)));
  return propertiesOf(fields, data.sizeBytes, factSamples(source, chunks));
}

/** Returns the number of samples that a `fact` chunk states, 0 without one. */
function factSamples(source: ByteSource, chunks: readonly IffChunk[]): number {
  for (const { kind, start } of chunks) {
    const samples = kind === 'fact' ? uint32le(source.read(start, 4), 0) : 0;
    if (samples > 0) return samples;
  }
  return 0;
}

function propertiesOf(
  fields: Uint8Array,
  dataBytes: number,
  statedSamples: number,
): AudioProperties | undefined {
  const tag = uint16le(fields, 0);
  if (tag === extensible && fields.length < 40) return undefined;
  const isPcm = [pcm, float].includes(tag === extensible ? uint16le(fields, 24) : tag);
  const channelCount = uint16le(fields, 2) & 0xff;
  const bits = uint16le(fields, 14);
  if (channelCount === 0 || bits % 8 !== 0 || (!isPcm && statedSamples === 0)) return undefined;
  const isCounted = bits > 0 && (isPcm || statedSamples === 0);
  const samples = isCounted ? Math.floor(dataBytes / (channelCount * (bits / 8))) : statedSamples;
  const sampleRate = uint32le(fields, 4);
  const milliseconds = wavDuration(samples, sampleRate, dataBytes, uint32le(fields, 8));
  return { milliseconds, channelCount, sampleRate };
}

function wavDuration(samples: number, sampleRate: number, bytes: number, rate: number): number {
  if (sampleRate > 0 && samples > 0) return divideRounded(samples * 1000, sampleRate);
  return rate > 0 ? divideRounded(bytes * 1000, rate) : 0;
}
