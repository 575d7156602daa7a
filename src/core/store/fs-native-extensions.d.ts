/** What we use of fs-native-extensions, which brings no types: locks on byte ranges that end with their process. */
declare module 'fs-native-extensions' {
  /** Locks `length` bytes at `offset`; false when someone else holds a lock on one of them. */
  export function tryLock(
    file: number,
    offset: number,
    length: number,
    options?: { shared?: boolean },
  ): boolean;
  export function unlock(file: number, offset: number, length: number): void;
}
