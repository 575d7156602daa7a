/**
 * Which stat values prove nothing: those so young that the file could have been changed again within the same tick
 * of the file system's clock, after its content was read ("racy git").
 */

/** Step of the clock that stamps files: the kernel's coarse clock lags by up to a jiffy, 10 ms at most. */
const tickMs = 10;

/** Step where the file system keeps whole seconds (or two, as FAT does). */
const coarseTickMs = 2000;

/**
 * Says whether a file with these times must be read again before it is believed to be unchanged.
 * @param readMs when its content was read first, or the last file of its batch was written, in ms since 1970
 *
 * The ctime cannot be set, so one in the future means that the clocks differ and is racy; an mtime in the future was
 * most likely set on purpose (an unpacked archive) and would make the file racy for ever.
 */
export function isRacy(mtimeMs: number, ctimeMs: number, readMs: number): boolean {
  const oldest = readMs - (ctimeMs % 1000 === 0 ? coarseTickMs : tickMs);
  return ctimeMs >= oldest || (mtimeMs >= oldest && mtimeMs <= readMs + coarseTickMs);
}
