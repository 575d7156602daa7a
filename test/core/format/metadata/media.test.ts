import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ByteSource } from '../../../../src/core/format/metadata/byte-source.js';
import {
  readMetadata,
  readMetadataFrom,
} from '../../../../src/core/format/metadata/read-metadata.js';
import {
  aac,
  aiff,
  ape,
  be,
  box,
  esds,
  flac,
  id3Tag,
  iffChunk,
  le,
  mp3,
  mp4,
  opus,
  soundEntry,
  speex,
  track,
  videoEntry,
  vorbis,
  wav,
} from '../../../helpers/media-samples.js';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Seconds, channels and sample rate, or `none`. */
function soundOf(bytes: Uint8Array, extension: string): string {
  const { metadata } = readMetadata({ dataType: 'audio', extension }, bytes);
  if (metadata?.kind !== 'audio') return 'none';
  return `${metadata.seconds} ${metadata.channelCount} ${metadata.sampleRate}`;
}

function videoOf(bytes: Uint8Array): string {
  const { metadata } = readMetadata({ dataType: 'video', extension: 'mp4' }, bytes);
  if (metadata?.kind !== 'video') return 'none';
  return `${metadata.seconds} ${metadata.width}x${metadata.height}`;
}

const xing = (frames: number, size: number, flags = 3): Buffer =>
  Buffer.concat([latin1('Xing'), be(4, flags, frames, size)]);

describe('sound', () => {
  test.each<[string, Uint8Array, string, string]>([
    ['wav', wav(), 'wav', '0.5 2 8000'],
    [
      'wav, half a millisecond rounds up',
      wav({ channels: 1, rate: 44100, dataBytes: 24690 }),
      'wav',
      '0.28 1 44100',
    ],
    ['wav, one frame', wav({ channels: 1, dataBytes: 2 }), 'wav', '0 1 8000'],
    ['wav, floats', wav({ tag: 3, bits: 32 }), 'wav', '0.25 2 8000'],
    ['wav, extensible', wav({ tag: 0xfffe, bits: 24, dataBytes: 4800 }), 'wav', '0.1 2 8000'],
    ['wav, compressed with a count', wav({ tag: 2, statedSamples: 4000 }), 'wav', '0.5 2 8000'],
    ['wav, compressed without a count', wav({ tag: 2 }), 'wav', 'none'],
    ['wav, odd bits', wav({ bits: 12 }), 'wav', 'none'],
    ['wav, no channels', wav({ channels: 0 }), 'wav', 'none'],
    ['wav, no data', wav({ dataBytes: 0 }), 'wav', 'none'],
    ['wav, cut off', wav().subarray(0, 5000), 'wav', 'none'],
    ['wav, other chunks', wav({ before: iffChunk('JUNK', Buffer.alloc(3)) }), 'wav', '0.5 2 8000'],
    [
      'wav, no padding',
      wav({ before: Buffer.concat([latin1('JUNK'), le(4, 3), latin1('abc')]) }),
      'wav',
      '0.5 2 8000',
    ],
    ['wav, unknown extension', wav(), 'x', '0.5 2 8000'],
    ['wav with the name of a flac', wav(), 'flac', 'none'],
    ['aiff', aiff(12345, 44100), 'aiff', '0.279 2 44100'],
    ['aifc', aiff(8000, 8000, 'AIFC'), 'aif', '1 2 8000'],
    ['aiff, no rate', aiff(8000, 0), 'aiff', '0 2 0'],
    ['aiff, no sound', aiff(8000, 8000, 'AIFF', false), 'aiff', 'none'],
    ['mp3, constant rate', mp3(10), 'mp3', '0.261 2 44100'],
    ['mp3, behind a tag', Buffer.concat([id3Tag(200), mp3(10)]), 'mp3', '0.261 2 44100'],
    [
      'mp3, before a tag',
      Buffer.concat([mp3(10), latin1('TAG'), Buffer.alloc(125)]),
      'mp3',
      '0.261 2 44100',
    ],
    ['mp3, a count of frames', mp3(3, xing(1000, 5000)), 'mp3', '26.122 2 44100'],
    ['mp3, a count without a size', mp3(3, xing(1000, 0)), 'mp3', '0.078 2 44100'],
    ['mp3, a count that is not meant', mp3(3, xing(1000, 5000, 1)), 'mp3', '0.078 2 44100'],
    ['mp3, one frame', mp3(1), 'mp3', 'none'],
    ['mp3, no frame', Buffer.alloc(2000, 7), 'mp3', 'none'],
    ['mp3, unknown extension', Buffer.concat([id3Tag(5), mp3(10)]), '', '0.261 2 44100'],
    ['flac', flac(49600, 16000, 1), 'flac', '3.1 1 16000'],
    ['flac, a long one', flac(2 ** 33, 44100, 8), 'flac', '194783.097 8 44100'],
    ['flac, unknown length', flac(0, 44100, 2), 'flac', '0 2 44100'],
    [
      'flac, behind a tag',
      Buffer.concat([id3Tag(9), flac(49600, 16000, 1)]),
      'flac',
      '3.1 1 16000',
    ],
    ['flac, cut off in its blocks', flac(49600, 16000, 1).subarray(0, -1), 'flac', 'none'],
    ['ogg vorbis', vorbis(12345, 8000, 2), 'ogg', '1.5430000000000001 2 8000'],
    ['ogg vorbis, unknown extension', vorbis(12345, 8000, 2), '', '1.5430000000000001 2 8000'],
    ['ogg opus', opus(48312, 312, 2), 'opus', '1 2 44100'],
    ['ogg opus with the name of a vorbis', opus(48312, 312, 2), 'ogg', 'none'],
    ['ogg opus, too many channels', opus(48312, 312, 3), 'opus', 'none'],
    ['ogg opus, more channels', opus(48312, 312, 6, 1), 'opus', '1 6 44100'],
    ['ogg speex', speex(16000, 1), 'spx', '1 1 16000'],
    ['aac', aac(400, 500, 600, 450), 'aac', '0.093 2 44100'],
    ['aac, behind a tag', Buffer.concat([id3Tag(10), aac(400, 500, 600)]), 'aac', '0.08 2 44100'],
    ['aac, one frame', aac(400), 'aac', 'none'],
    ['ape', ape(3990, 10, 500), 'ape', '15.058 2 44100'],
    ['ape, old', ape(3970, 3, 100), 'ape', '13.377 2 44100'],
    ['ape, older', ape(3800, 3, 100), 'ape', '0.42 2 44100'],
    ['ape, no frames', ape(3990, 0, 0), 'ape', '0 2 44100'],
    [
      'm4a',
      mp4('M4A ', 1000, 1, track('soun', soundEntry('mp4a', esds(0x12, 0x08)))),
      'm4a',
      '2 1 44100',
    ],
    [
      'm4a, explicit rate',
      mp4(
        'M4A ',
        1000,
        1,
        track('soun', soundEntry('mp4a', esds(0x17, 0x80, 0x3e, 0x80, 0x10, 0))),
      ),
      'm4a',
      '2 2 8192032',
    ],
    [
      'm4a, other codec',
      mp4('M4A ', 1000, 1, track('soun', soundEntry('xxxx', box('yyyy')))),
      'm4a',
      '2 2 44100',
    ],
    [
      'm4a, newer entry',
      mp4('M4A ', 1000, 1, track('soun', soundEntry('mp4a', esds(0x11, 0x90), 1))),
      'm4a',
      '2 2 48000',
    ],
    [
      'm4a, no sound',
      mp4('M4A ', 1000, 1, track('vide', videoEntry('avc1', 'avcC', 9, 7))),
      'm4a',
      'none',
    ],
    ['midi', latin1('MThd\0\0\0\x06\0\0\0\x01\0\x60'), 'mid', 'none'],
    ['nothing', Buffer.alloc(0), 'mp3', 'none'],
  ])('%s', (_, bytes, extension, expected) => {
    expect(soundOf(bytes, extension)).toBe(expected);
  });

  test('seconds are added up like the durations of the original', () => {
    expect(soundOf(wav({ channels: 1, rate: 1000, bits: 8, dataBytes: 4003 }), 'wav')).toBe(
      '4.003 1 1000',
    );
    expect(soundOf(wav({ channels: 1, rate: 1000, bits: 8, dataBytes: 65537 }), 'wav')).toBe(
      '65.537 1 1000',
    );
  });
});

describe('video', () => {
  const avc = videoEntry('avc1', 'avcC', 128, 176);
  const size = { width: 640, height: 360 };

  test.each<[string, Uint8Array, string]>([
    ['AVC has its own size', mp4('isom', 1000, 1600, track('vide', avc, size)), '1.6 128x176'],
    [
      'HEVC takes the size of the track',
      mp4('isom', 1000, 1600, track('vide', videoEntry('hev1', 'hvcC', 1, 1), size)),
      '1.6 640x360',
    ],
    [
      'other codecs too',
      mp4('qt  ', 600, 999, track('vide', videoEntry('mp4v', 'esds', 1, 1), size)),
      '1.665 640x360',
    ],
    ['milliseconds are cut off', mp4('isom', 90000, 12345, track('vide', avc)), '0.137 128x176'],
    [
      'sound may come first',
      mp4('isom', 1000, 5, track('soun', soundEntry('mp4a', esds(0x12, 0x10))), track('vide', avc)),
      '0.005 128x176',
    ],
    [
      'AVC without a configuration',
      mp4('isom', 1000, 1, track('vide', videoEntry('avc1', 'xxxx', 9, 9))),
      'none',
    ],
    [
      'only sound',
      mp4('isom', 1000, 5, track('soun', soundEntry('mp4a', esds(0x12, 0x10)))),
      'none',
    ],
    [
      'a track of an unknown kind',
      mp4('isom', 1000, 5, track('vide', avc), track('tmcd', box('tmcd'))),
      'none',
    ],
    ['no time scale', mp4('isom', 0, 5, track('vide', avc)), 'none'],
    ['no movie', box('ftyp', latin1('isom'), be(4, 512)), 'none'],
    ['cut off', mp4('isom', 1000, 5, track('vide', avc)).subarray(0, -1), 'none'],
    [
      'another container',
      Buffer.concat([latin1('RIFF'), le(4, 100), latin1('AVI '), Buffer.alloc(96)]),
      'none',
    ],
    ...[
      'tkhd',
      'mdhd',
      'hdlr',
      'minf',
      'dinf',
      'dref',
      'stbl',
      'stsd',
      'stts',
      'stsc',
      'stsz',
      'stco',
    ].map((leftOut): [string, Uint8Array, string] => [
      `no ${leftOut}`,
      mp4('isom', 1000, 1600, track('vide', avc, { leftOut })),
      'none',
    ]),
  ])('%s', (_, bytes, expected) => {
    expect(videoOf(bytes)).toBe(expected);
  });
});

describe('hostile media', () => {
  const samples: [string, Buffer][] = [
    ['wav', wav({ dataBytes: 300 })],
    ['aiff', aiff(12345, 44100)],
    ['mp3', Buffer.concat([id3Tag(20), mp3(4, xing(9, 9)), latin1('TAG'), Buffer.alloc(125)])],
    ['flac', flac(49600, 16000, 1)],
    ['ogg', vorbis(12345, 8000, 2)],
    ['opus', opus(48312, 312, 2)],
    ['spx', speex(16000, 1)],
    ['aac', aac(40, 50, 60, 45)],
    ['ape', ape(3990, 10, 500)],
    ['m4a', mp4('M4A ', 1000, 1, track('soun', soundEntry('mp4a', esds(0x12, 0x08))))],
    ['mp4', mp4('isom', 1000, 1600, track('vide', videoEntry('avc1', 'avcC', 128, 176)))],
  ];

  test('is survived with few reads and whole numbers', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 });
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.constantFrom('audio' as const, 'video' as const),
        edits,
        fc.nat(),
        ([extension, sample], dataType, changes, cut) => {
          const bytes = Buffer.from(sample);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const file = bytes.subarray(0, cut % 3 === 0 ? cut % bytes.length : bytes.length);
          let reads = 0;
          const source: ByteSource = {
            sizeBytes: file.length,
            read: (offset, length) => {
              reads++;
              return file.subarray(offset, offset + length);
            },
          };
          const { metadata } = readMetadataFrom({ dataType, extension }, source);
          expect(reads).toBeLessThan(file.length + 100);
          if (metadata?.kind === 'audio') {
            expect(Number.isInteger(metadata.channelCount + metadata.sampleRate)).toBe(true);
            expect(metadata.seconds).toBeGreaterThanOrEqual(0);
          }
        },
      ),
      { numRuns: 4000 },
    );
  });

  test('sizes that promise far more than there is are not believed', () => {
    const huge: ByteSource = {
      sizeBytes: 2 ** 40,
      read: (offset, length) => Buffer.alloc(Math.min(length, 65536), offset === 0 ? 0xff : 0),
    };
    for (const extension of ['mp3', 'aac', 'wav', 'flac', 'ogg', 'm4a', 'ape']) {
      readMetadataFrom({ dataType: 'audio', extension }, huge);
    }
    expect(
      readMetadataFrom({ dataType: 'video', extension: 'mp4' }, huge).metadata,
    ).toBeUndefined();
  });
});
