/**
 * The three-way rule for one file: which of the versions in base, ours and theirs the merge keeps. Content and the
 * metadata that a user gave a table are looked at apart: a side wins when it wins both. Where one side changed the content
 * and the other one the metadata no version holds both, and the user has to choose. The rule is symmetric: with the
 * sides exchanged the outcome is the same with its sides exchanged.
 */
import { EntryPeek } from '../format/entry-peek.js';
import { peekChild } from '../format/node-file.js';
import { type Hash, hashBytesLength, hashFromBytes, zeroHash } from '../model/hash.js';
import { readUserMetadata } from '../tree/node-rules.js';
import type { TreeEntry } from '../tree/read.js';
import type { ConflictKind } from './conflict.js';

/** A file as base, ours and theirs have it; never directories. */
export interface FileSides {
  readonly base: TreeEntry | undefined;
  readonly ours: TreeEntry | undefined;
  readonly theirs: TreeEntry | undefined;
}

/** What becomes of a file. */
export type FileDecision =
  | { readonly action: 'absent' } // no side brings it: ours has no such file, and so it stays
  | { readonly action: 'keep'; readonly entry: TreeEntry } // ours stays as it is
  | { readonly action: 'delete'; readonly entry: TreeEntry } // the entry of ours goes
  | { readonly action: 'take'; readonly entry: TreeEntry }
  | { readonly action: 'merge' } // contents must be merged
  | { readonly action: 'conflict'; readonly kind: ConflictKind };

const absent = { action: 'absent' } as const;

/** Returns what the rule says about one file. @throws IntegrityError when a payload cannot be read */
export function decideFile({ base, ours, theirs }: FileSides): FileDecision {
  if (ours !== undefined && theirs !== undefined) return decideBoth(base, ours, theirs);
  if (ours === undefined && theirs === undefined) return absent;
  const left = ours ?? theirs;
  if (base !== undefined && left !== undefined && !isSameFile(base, left)) {
    return { action: 'conflict', kind: 'modified-deleted' };
  }
  if (ours !== undefined) return { action: base === undefined ? 'keep' : 'delete', entry: ours };
  if (theirs === undefined || base !== undefined) return absent;
  return { action: 'take', entry: theirs };
}

/** Says whether two files have the same content and the same metadata set by a user. */
export function isSameFile(left: TreeEntry, right: TreeEntry): boolean {
  return left.hash === right.hash && metadataOf(left) === metadataOf(right);
}

type Winner = 'same' | 'ours' | 'theirs' | 'neither';

function decideBoth(base: TreeEntry | undefined, ours: TreeEntry, theirs: TreeEntry): FileDecision {
  const content = pickSide(base?.hash, ours.hash, theirs.hash);
  const metadata = pickSide(metadataOf(base), metadataOf(ours), metadataOf(theirs));
  if (content === 'neither' && metadata === 'same') return { action: 'merge' };
  const winner = content === 'same' ? metadata : content;
  const isTorn = metadata !== 'same' && metadata !== winner;
  if (winner === 'neither' || isTorn) {
    return { action: 'conflict', kind: base === undefined ? 'both-added' : 'both-modified' };
  }
  if (winner === 'theirs') return { action: 'take', entry: theirs };
  return { action: 'keep', entry: ours };
}

function pickSide(base: Hash | undefined, ours: Hash, theirs: Hash): Winner {
  if (ours === theirs) return 'same';
  if (theirs === base) return 'ours';
  return ours === base ? 'theirs' : 'neither';
}

const peek = new EntryPeek();
const userMetadata = new Uint8Array(hashBytesLength);

/** Returns the hash of the metadata that a user set, zero when there is none. */
function metadataOf(entry: TreeEntry | undefined): Hash {
  if (entry === undefined) return zeroHash;
  peekChild(entry.vnode, entry.child, peek);
  return readUserMetadata(entry.vnode, peek, userMetadata) ? hashFromBytes(userMetadata) : zeroHash;
}
