/** Merges the contents of a file that both sides changed, read from the store: tables by rows, texts by lines. */
import type { Conflict } from '../merge/conflict.js';
import { type ContentMerge, type MergeLabels, maxMergeBytes } from '../merge/contents.js';
import { mergeContents } from '../merge/merge-content.js';
import { NotFoundError } from '../model/errors.js';
import type { Hash } from '../model/hash.js';
import { baseName, type RepoPath } from '../model/path.js';
import type { PackVersionStore } from '../store/version-store.js';

/**
 * Returns the merged content, with markers where the sides disagree; refuses what is too large or no text.
 * @throws NotFoundError naming the path when a content is not here, as outside of the part of a partial clone
 */
export function mergeStored(
  versions: PackVersionStore,
  { path, base, ours, theirs }: Conflict,
  labels: MergeLabels,
): ContentMerge {
  if (ours?.kind !== 'file' || theirs?.kind !== 'file') {
    return { kind: 'refused', reason: 'not text' };
  }
  if (Math.max(ours.sizeBytes, theirs.sizeBytes, base?.sizeBytes ?? 0) > maxMergeBytes) {
    return { kind: 'refused', reason: 'too large' };
  }
  for (const entry of [base, ours, theirs]) {
    if (entry?.kind === 'file' && !versions.has(entry.hash)) throw notHere(path, entry.hash);
  }
  const contents = {
    base: base?.kind === 'file' ? versions.readSmall(base.hash) : undefined,
    ours: versions.readSmall(ours.hash),
    theirs: versions.readSmall(theirs.hash),
  };
  return mergeContents(baseName(path), contents, labels).content;
}

function notHere(path: RepoPath, hash: Hash): NotFoundError {
  const message = `Both sides changed ${path}, and its content ${hash} is not in this repository.`;
  return new NotFoundError(message, { path, hint: 'Fetch it from a remote: oxen fetch --all' });
}
