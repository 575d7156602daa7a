/**
 * Recognises network file systems: LMDB maps its file and locks it, and both fail silently over a network. The numbers
 * are those of Linux `statfs(2)`; other systems give other numbers and are not recognised.
 */
import { statfsSync } from 'node:fs';

const names: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x564c, 'NCP'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
]);

/** Returns the name of the network file system that `path` is on, undefined when it is on a local one. */
export function networkFileSystemName(path: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return names.get(statfsSync(path).type >>> 0);
  } catch {
    return undefined;
  }
}
