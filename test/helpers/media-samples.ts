/** Builders of tiny sound and video files: headers as the standards want them, with filler for the sound itself. */

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Whole numbers of `width` bytes, least significant byte first. */
export function le(width: number, ...values: number[]): Buffer {
  const bytes = Buffer.alloc(width * values.length);
  for (const [index, value] of values.entries()) {
    for (let byte = 0; byte < width; byte++) {
      bytes[index * width + byte] = Math.floor(value / 2 ** (8 * byte)) & 0xff;
    }
  }
  return bytes;
}

/** Whole numbers of `width` bytes, most significant byte first. */
export function be(width: number, ...values: number[]): Buffer {
  return Buffer.concat(values.map((value) => le(width, value).reverse()));
}

export interface WavOptions {
  readonly tag?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  readonly dataBytes?: number;
  readonly statedSamples?: number; // of a `fact` chunk
  readonly before?: Buffer; // chunks in front of the data
}

export function iffChunk(kind: string, data: Uint8Array, order: 'le' | 'be' = 'le'): Buffer {
  const size = order === 'le' ? le(4, data.length) : be(4, data.length);
  return Buffer.concat([latin1(kind), size, data, Buffer.alloc(data.length % 2)]);
}

export function wav(options: WavOptions = {}): Buffer {
  const { tag = 1, channels = 2, rate = 8000, bits = 16, dataBytes = 16000 } = options;
  const bytesPerFrame = (channels * bits) / 8;
  const fields = [
    le(2, tag, channels),
    le(4, rate, rate * bytesPerFrame),
    le(2, bytesPerFrame, bits),
  ];
  if (tag === 0xfffe) fields.push(le(2, 22, bits), le(4, 3), le(2, 1), Buffer.alloc(14));
  const chunks = [iffChunk('fmt ', Buffer.concat(fields))];
  if (options.statedSamples) chunks.push(iffChunk('fact', le(4, options.statedSamples)));
  chunks.push(options.before ?? Buffer.alloc(0), iffChunk('data', Buffer.alloc(dataBytes)));
  const body = Buffer.concat([latin1('WAVE'), ...chunks]);
  return Buffer.concat([latin1('RIFF'), le(4, body.length), body]);
}

/** An aiff file; the rate is an 80-bit float of at most 32 significant bits. */
export function aiff(frames: number, rate: number, kind = 'AIFF', hasSound = true): Buffer {
  const exponent = rate === 0 ? 0 : Math.floor(Math.log2(rate));
  const mantissa = Math.round(rate * 2 ** (31 - exponent));
  const float =
    rate === 0 ? Buffer.alloc(10) : Buffer.concat([be(2, 16383 + exponent), be(4, mantissa, 0)]);
  const common = Buffer.concat([be(2, 2), be(4, frames), be(2, 16), float]);
  const body = Buffer.concat([
    latin1(kind),
    iffChunk('COMM', common, 'be'),
    hasSound ? iffChunk('SSND', Buffer.alloc(20), 'be') : Buffer.alloc(0),
  ]);
  return Buffer.concat([latin1('FORM'), be(4, body.length), body]);
}

export function id3Tag(contentBytes: number): Buffer {
  const size = Buffer.from([0, 0, contentBytes >> 7, contentBytes & 0x7f]);
  return Buffer.concat([latin1('ID3\x03\0\0'), size, Buffer.alloc(contentBytes)]);
}

/** Frames of MPEG 1 layer 3, 128 kbit, 44,100 Hz, stereo, 417 bytes each; `header` is put into the first one. */
export function mp3(frameCount: number, header?: Uint8Array): Buffer {
  const frames = Array.from({ length: frameCount }, (_, index) => {
    const frame = Buffer.alloc(417);
    frame.writeUInt32BE(0xfffb9000);
    if (index === 0 && header) frame.set(header, 36);
    return frame;
  });
  return Buffer.concat(frames);
}

export function flac(samples: number, rate: number, channels: number): Buffer {
  const packed =
    rate * 2 ** 12 + (channels - 1) * 2 ** 9 + 15 * 2 ** 4 + Math.floor(samples / 2 ** 32);
  const info = Buffer.concat([
    ...[be(2, 4096, 4096), be(3, 1, 1), be(4, packed, samples % 2 ** 32), Buffer.alloc(16)],
  ]);
  return Buffer.concat([
    latin1('fLaC'),
    be(1, 0),
    be(3, 34),
    info,
    be(1, 0x81),
    be(3, 3),
    be(3, 0),
  ]);
}

/** An ogg page with the given packets, each shorter than 255 bytes. */
export function oggPage(position: number, ...packets: Uint8Array[]): Buffer {
  const lengths = Buffer.from(packets.map(({ length }) => length));
  const fields = [le(1, 0, 0), le(8, position), le(4, 7, 0, 0), le(1, packets.length)];
  return Buffer.concat([latin1('OggS'), ...fields, lengths, ...packets]);
}

export function vorbis(samples: number, rate: number, channels: number): Buffer {
  const fields = [le(4, 0), le(1, channels), le(4, rate, 0, 128000, 0), le(1, 0xb8, 1)];
  return Buffer.concat([
    oggPage(0, Buffer.concat([latin1('\x01vorbis'), ...fields])),
    oggPage(0, latin1('\x03vorbis\0\0\0\0\0\0\0\0\x01'), latin1('\x05vorbis')),
    oggPage(samples, Buffer.alloc(50)),
  ]);
}

export function opus(samples: number, preSkip: number, channels: number, family = 0): Buffer {
  const fields = [le(1, channels), le(2, preSkip), le(4, 44100), le(2, 0), le(1, family)];
  return Buffer.concat([
    oggPage(0, Buffer.concat([latin1('OpusHead\x01'), ...fields])),
    oggPage(0, latin1('OpusTags\0\0\0\0\0\0\0\0')),
    oggPage(samples, Buffer.alloc(50)),
  ]);
}

export function speex(samples: number, channels: number): Buffer {
  const fields = le(4, 1, 80, 16000, 1, 4, channels, 0, 320, 0, 1, 0, 0, 0);
  const head = Buffer.concat([latin1('Speex   '), Buffer.alloc(20), fields]);
  return Buffer.concat([oggPage(0, head), oggPage(0, Buffer.alloc(8)), oggPage(samples, fields)]);
}

/** ADTS frames of the given lengths, 44,100 Hz, stereo. */
export function aac(...lengths: number[]): Buffer {
  const frames = lengths.map((length) => {
    const frame = Buffer.alloc(length);
    const sizes = [0x80 | (length >> 11), (length >> 3) & 0xff, ((length & 7) << 5) | 0x1f];
    frame.set([0xff, 0xf1, 0x50, ...sizes, 0xfc]);
    return frame;
  });
  return Buffer.concat(frames);
}

export function ape(version: number, frames: number, finalBlocks: number): Buffer {
  if (version >= 3980) {
    const descriptor = [le(2, version, 0), le(4, 52), Buffer.alloc(40)];
    const header = [le(2, 2000, 0), le(4, 73728, finalBlocks, frames), le(2, 16, 2), le(4, 44100)];
    return Buffer.concat([latin1('MAC '), ...descriptor, ...header, Buffer.alloc(60)]);
  }
  const header = [le(2, version, 2000, 0, 2), le(4, 44100, 0, 0, frames, finalBlocks)];
  return Buffer.concat([latin1('MAC '), ...header, Buffer.alloc(60)]);
}

export function box(kind: string, ...content: Uint8Array[]): Buffer {
  const data = Buffer.concat(content);
  return Buffer.concat([be(4, data.length + 8), latin1(kind), data]);
}

export interface TrackOptions {
  readonly timescale?: number;
  readonly duration?: number;
  readonly width?: number;
  readonly height?: number;
  readonly leftOut?: string; // a box that is missing
}

/** A track with all boxes that the standard asks for, and one sample entry. */
export function track(handler: string, entry: Uint8Array, options: TrackOptions = {}): Buffer {
  const { timescale = 44100, duration = 88200, width = 320, height = 240, leftOut } = options;
  const boxes = (...parts: [string, ...Uint8Array[]][]): Buffer =>
    Buffer.concat(parts.filter(([kind]) => kind !== leftOut).map((part) => box(...part)));
  const size = be(4, width * 65536, height * 65536);
  const header = Buffer.concat([be(4, 7, 0, 0, 1, 0, 1000), Buffer.alloc(52), size]);
  const table = boxes(
    ['stsd', be(4, 0, 1), entry],
    ['stts', be(4, 0, 0)],
    ['stsc', be(4, 0, 0)],
    ['stsz', be(4, 0, 0, 0)],
    ['stco', be(4, 0, 0)],
  );
  const info = boxes(['dinf', boxes(['dref', be(4, 0, 0)])], ['stbl', table]);
  const media = boxes(
    ['mdhd', be(4, 0, 0, 0, timescale, duration, 0)],
    ['hdlr', be(4, 0, 0), latin1(handler), Buffer.alloc(13)],
    ['minf', info],
  );
  return box('trak', boxes(['tkhd', header], ['mdia', media]));
}

export function mp4(
  brand: string,
  timescale: number,
  duration: number,
  ...tracks: Uint8Array[]
): Buffer {
  const header = Buffer.concat([be(4, 0, 0, 0, timescale, duration), Buffer.alloc(80)]);
  const movie = box('moov', box('mvhd', header), ...tracks);
  return Buffer.concat([box('ftyp', latin1(brand), be(4, 0)), box('mdat', Buffer.alloc(9)), movie]);
}

/** A video sample entry with its configuration box. */
export function videoEntry(
  kind: string,
  configuration: string,
  width: number,
  height: number,
): Buffer {
  const fields = [Buffer.alloc(24), be(2, width, height), Buffer.alloc(50)];
  const config = Buffer.from([1, 66, 0, 30, 255, 0xe0, 0, 0]);
  return box(kind, ...fields, box(configuration, config));
}

/** A sound sample entry: two channels and 44,100 Hz in its fields. */
export function soundEntry(kind: string, codecBox: Uint8Array, version = 0): Buffer {
  const extra = version === 1 ? 16 : version === 2 ? 36 : 0;
  const fields = [be(2, version), Buffer.alloc(6), be(2, 2, 16), be(4, 0, 44100 * 65536)];
  return box(kind, Buffer.alloc(6), be(2, 1), ...fields, Buffer.alloc(extra), codecBox);
}

/** An `esds` box around an AudioSpecificConfig. */
export function esds(...config: number[]): Buffer {
  const specific = Buffer.from([5, config.length, ...config]);
  const decoder = Buffer.concat([
    Buffer.from([4, 13 + specific.length]),
    Buffer.alloc(13, 0x40),
    specific,
  ]);
  return box('esds', be(4, 0), Buffer.from([3, 0x80, 3 + decoder.length, 0, 1, 0]), decoder);
}
