/** Tar archives built by hand, also ones that no writer of ours would make. */

/** The fields of a header; what is left out has an honest value. */
export interface RawEntry {
  readonly name: string;
  readonly content?: Uint8Array | string;
  readonly type?: string; // one character
  readonly size?: string; // the 12 bytes of the size field
  readonly magic?: string;
  readonly prefix?: string;
  readonly checksum?: string;
}

/** Returns one entry: header, content, padding. */
export function rawEntry(entry: RawEntry): Buffer {
  const content = Buffer.from(entry.content ?? '');
  const header = Buffer.alloc(512);
  header.write(entry.name, 0, 100, 'latin1');
  header.write('0000644\0', 100, 'latin1');
  header.write('0000000\0', 108, 'latin1');
  header.write('0000000\0', 116, 'latin1');
  const size = `${content.length.toString(8).padStart(11, '0')}\0`;
  header.write(entry.size ?? size, 124, 'latin1');
  header.write('00000000000\0', 136, 'latin1');
  header.write(entry.type ?? '0', 156, 'latin1');
  header.write(entry.magic ?? 'ustar  \0', 257, 'latin1');
  header.write(entry.prefix ?? '', 345, 'latin1');
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(entry.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** Returns a whole archive. */
export function rawTar(...entries: readonly RawEntry[]): Buffer {
  return Buffer.concat([...entries.map(rawEntry), Buffer.alloc(1024)]);
}
