/** The four bytes in front of each frame of MPEG audio (mp1, mp2, mp3). */

/** What a frame header says. */
export interface MpegFrame {
  readonly version: number; // 0: MPEG 1, 1: MPEG 2, 2: MPEG 2.5
  readonly layer: number; // 1 to 3
  readonly bitrate: number; // kbit a second
  readonly sampleRate: number;
  readonly isMono: boolean;
  readonly samples: number; // in a frame
  readonly length: number; // bytes of the frame
  readonly dataStart: number; // where a VBR header would be, from the start of the frame
}

/** kbit a second by version 1 or later, layer and index; the same for version 2 layers 2 and 3. */
const bitrates: readonly (readonly (readonly number[])[])[] = [
  [
    [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0],
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
  ],
  [
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256, 0],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
  ],
];
const sampleRates: readonly (readonly number[])[] = [
  [44100, 48000, 32000],
  [22050, 24000, 16000],
  [11025, 12000, 8000],
];
const samplesOfLayer: readonly number[] = [0, 384, 1152, 1152];
const laterSamplesOfLayer: readonly number[] = [0, 384, 1152, 576]; // from version 2 on
/** Length of the side information before the data: of version 1 and later ones, of one channel and of two. */
const sideBytes: readonly (readonly number[])[] = [
  [17, 32],
  [9, 17],
];
const versionOfBits: readonly number[] = [2, -1, 1, 0];

/** Returns the frame header in the 32 bits `header`, undefined when they are none. */
export function readMpegFrame(header: number): MpegFrame | undefined {
  const version = versionOfBits[(header >>> 19) & 3] ?? -1;
  const layer = 4 - ((header >>> 17) & 3);
  if (version < 0 || layer === 4) return undefined;
  const isFirst = version === 0;
  const bitrate = bitrates[isFirst ? 0 : 1]?.[layer - 1]?.[(header >>> 12) & 15] ?? 0;
  const sampleRate = sampleRates[version]?.[(header >>> 10) & 3] ?? 0;
  if (bitrate === 0 || sampleRate === 0) return undefined;
  const isMono = ((header >>> 6) & 3) === 3;
  const samples = (isFirst ? samplesOfLayer : laterSamplesOfLayer)[layer] ?? 0;
  const padding = ((header >>> 9) & 1) * (layer === 1 ? 4 : 1);
  const length = Math.floor((samples * bitrate * 125) / sampleRate) + padding;
  const dataStart = (sideBytes[isFirst ? 0 : 1]?.[isMono ? 0 : 1] ?? 0) + 4;
  return { version, layer, bitrate, sampleRate, isMono, samples, length, dataStart };
}

/** Says whether a byte pair is the mark with which frames start. */
export function isFrameSync(first: number, second: number): boolean {
  return first === 0xff && second >= 0xe0;
}
