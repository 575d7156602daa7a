/**
 * The ids of commits. The id that real Oxen gives covers parents, message, author, email and whole seconds, but not
 * the tree (merkle-format.md, section 5.5). Ours hashes the same input and the root directory, so that it stands
 * for all the data below (design.md, section 3).
 */

import { type CommitId, type Hash, hashBytesLength, writeHash } from '../model/hash.js';
import type { CommitNode } from '../model/node.js';
import { hashBytes } from './hashing.js';

/** What a commit says besides its id. */
export type CommitFields = Omit<CommitNode, 'id'>;

/** Returns the id that real Oxen gives to a commit with these fields, whatever its tree. */
export function originalCommitId(commit: CommitFields): CommitId {
  return hashBytes(commitIdInput(commit, 0)) as CommitId;
}

/** Returns our id of a commit with these fields and this root directory (an id by our rule). */
export function commitIdOf(commit: CommitFields, rootDirId: Hash): CommitId {
  const input = commitIdInput(commit, hashBytesLength);
  writeHash(rootDirId, input, input.length - hashBytesLength);
  return hashBytes(input) as CommitId;
}

/** Returns "commit", the parent ids as Rust's debug text of a list, the texts and the seconds as i64 LE. */
function commitIdInput(commit: CommitFields, extraBytes: number): Uint8Array {
  const parents = commit.parentIds.map((id) => `"${id}"`).join(', ');
  const text = `commit[${parents}]${commit.message}${commit.author}${commit.email}`;
  const textBytes = Buffer.byteLength(text);
  const input = Buffer.alloc(textBytes + 8 + extraBytes);
  input.write(text);
  input.writeBigInt64LE(BigInt(commit.timestamp.seconds), textBytes);
  return input;
}
