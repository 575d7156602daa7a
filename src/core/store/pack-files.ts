/** Where packs are and what they are called: `.oxen/versions/packs/<8 hex digits>.pack`. */
import { join } from 'node:path';

/** A pack is continued until it has this many bytes; its last record may reach beyond. */
export const packTargetBytes = 64 * 1024 * 1024;

/** A writer that continues a pack starts at a multiple of this: it never rewrites a block that holds durable bytes. */
export const packAlignment = 4096;

/** The largest number a pack can have. */
export const maxPackId = 0xffff_ffff;

/** Returns the directory of the packs of the repository whose `.oxen` directory is `controlDirectory`. */
export function packDirectoryOf(controlDirectory: string): string {
  return join(controlDirectory, 'versions', 'packs');
}

/** Returns the path of pack `id` in `packDirectory`. */
export function packPath(packDirectory: string, id: number): string {
  return join(packDirectory, `${id.toString(16).padStart(8, '0')}.pack`);
}

/** Returns the number of the pack with this file name, undefined when it is not the name of a pack. */
export function packIdOf(fileName: string): number | undefined {
  const match = /^([0-9a-f]{8})\.pack$/.exec(fileName);
  return match?.[1] === undefined ? undefined : Number.parseInt(match[1], 16);
}

/** Returns the first place at or after `offset` at which a writer may continue a pack. */
export function alignPackOffset(offset: number): number {
  return Math.ceil(offset / packAlignment) * packAlignment;
}
