/**
 * A conflict as a value, and its bytes: what must survive between the merge that met it and the command that resolves it.
 * The caller stores the bytes and guards them with a checksum.
 *
 * The bytes are msgpack: `[version, [[path, kind, base, ours, theirs], ...]]`. A side is nil where nothing is, else
 * `[path, isDirectory, hash, size]`, its path nil when it is that of the conflict; kind and isDirectory are numbers.
 */
import { MsgpackWriter } from '../format/msgpack.js';
import { MsgpackReader } from '../format/msgpack-reader.js';
import { IntegrityError, OperationError } from '../model/errors.js';
import type { Hash } from '../model/hash.js';
import type { RepoPath } from '../model/path.js';

/**
 * The kinds of conflict in the order of their stored numbers.
 *
 * * `both-modified`: both sides changed the file, each in its way; or both changed the metadata of a table.
 * * `both-added`: both sides added a file of that name with different contents.
 * * `modified-deleted`: one side changed the file, the other (whose entry is absent) deleted it.
 * * `file-directory`: one side has a file, the other a directory with contents of its own. It covers everything below.
 * * `renamed-deleted`: one side renamed the file, the other (absent) deleted it; the conflict stands at the new path.
 * * `renamed-differently`: the sides renamed the file to different paths; the conflict stands at the old path.
 */
export const conflictKinds = [
  'both-modified',
  'both-added',
  'modified-deleted',
  'file-directory',
  'renamed-deleted',
  'renamed-differently',
] as const;

/** One of `conflictKinds`. */
export type ConflictKind = (typeof conflictKinds)[number];

/** What one of the three trees has. */
export interface ConflictSide {
  readonly path: RepoPath; // another than the conflict's after a rename
  readonly kind: 'file' | 'dir';
  readonly hash: Hash; // of the content, or the id of the directory
  readonly sizeBytes: number; // of the file, or of all files at or below the directory
}

/** A path on which two sides disagree. */
export interface Conflict {
  readonly path: RepoPath;
  readonly kind: ConflictKind;
  readonly base: ConflictSide | undefined;
  readonly ours: ConflictSide | undefined;
  readonly theirs: ConflictSide | undefined;
}

const version = 1;

/** Returns the bytes of a list of conflicts, in the order given. */
export function encodeConflicts(conflicts: readonly Conflict[]): Uint8Array {
  const writer = new MsgpackWriter();
  writer.array(2);
  writer.integer(version);
  writer.array(conflicts.length);
  for (const conflict of conflicts) {
    writer.array(5);
    writer.text(conflict.path);
    writer.integer(conflictKinds.indexOf(conflict.kind));
    writeSide(writer, conflict.base, conflict.path);
    writeSide(writer, conflict.ours, conflict.path);
    writeSide(writer, conflict.theirs, conflict.path);
  }
  return writer.copy();
}

/**
 * Returns the conflicts that `encodeConflicts` wrote.
 * @throws IntegrityError when the bytes are damaged; OperationError when a newer version of oxen wrote them
 */
export function decodeConflicts(bytes: Uint8Array): readonly Conflict[] {
  const reader = new MsgpackReader(bytes);
  reader.arrayOf(2);
  const found = reader.unsigned();
  if (found !== version) {
    throw new OperationError(`The merge in progress was written in version ${found} of its form.`, {
      hint: 'Finish it with the version of oxen that began it.',
    });
  }
  const conflicts = Array.from({ length: reader.array() }, () => readConflict(reader));
  reader.finish();
  return conflicts;
}

/** Returns the conflict as the other side sees it: ours and theirs change places. */
export function mirrorConflict(conflict: Conflict): Conflict {
  return { ...conflict, ours: conflict.theirs, theirs: conflict.ours };
}

function writeSide(writer: MsgpackWriter, side: ConflictSide | undefined, path: RepoPath): void {
  if (side === undefined) {
    writer.nil();
    return;
  }
  writer.array(4);
  if (side.path === path) writer.nil();
  else writer.text(side.path);
  writer.integer(side.kind === 'dir' ? 1 : 0);
  writer.hash(side.hash);
  writer.integer(side.sizeBytes);
}

function readConflict(reader: MsgpackReader): Conflict {
  reader.arrayOf(5);
  const path = reader.text() as RepoPath;
  const kind = conflictKinds[reader.unsigned()];
  if (kind === undefined) throw new IntegrityError('A stored conflict is of an unknown kind.');
  const base = readSide(reader, path);
  const ours = readSide(reader, path);
  const theirs = readSide(reader, path);
  return { path, kind, base, ours, theirs };
}

function readSide(reader: MsgpackReader, path: RepoPath): ConflictSide | undefined {
  if (reader.nil()) return undefined;
  reader.arrayOf(4);
  const sidePath = reader.nil() ? path : (reader.text() as RepoPath);
  const kind = reader.unsigned() === 1 ? 'dir' : 'file';
  const hash = reader.hash();
  return { path: sidePath, kind, hash, sizeBytes: reader.unsigned() };
}
