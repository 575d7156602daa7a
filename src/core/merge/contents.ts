/** What goes into a merge of contents and what comes out, whichever way they are merged: by lines or by rows. */
import { decodeText } from '../diff/text-lines.js';

/**
 * Largest file whose contents are merged; beyond it both versions are kept and the user chooses. Three tables of this size
 * take some 350 MB while they are merged, which keeps a command under half a gigabyte.
 */
export const maxMergeBytes = 24 << 20;

/** The names that stand behind the conflict markers, for example `HEAD` and the name of the branch. */
export interface MergeLabels {
  readonly ours: string;
  readonly theirs: string;
}

/** The contents to be merged; base is undefined when both sides added the file. */
export interface MergeContents {
  readonly base: Uint8Array | undefined;
  readonly ours: Uint8Array;
  readonly theirs: Uint8Array;
}

/** What became of a merge of contents. */
export type ContentMerge =
  | { readonly kind: 'clean'; readonly bytes: Uint8Array }
  | { readonly kind: 'conflict'; readonly bytes: Uint8Array; readonly conflictCount: number } // with markers
  | { readonly kind: 'refused'; readonly reason: 'too large' | 'not text' };

/** The three texts, or why they are none. */
export type DecodedContents =
  | {
      readonly kind: 'texts';
      readonly base: string | undefined;
      readonly ours: string;
      readonly theirs: string;
    }
  | (ContentMerge & { readonly kind: 'refused' });

/** Returns contents as text; refuses what is larger than `maxMergeBytes` or not text. */
export function decodeContents(contents: MergeContents): DecodedContents {
  const sides = [contents.base ?? new Uint8Array(0), contents.ours, contents.theirs];
  if (sides.some((side) => side.length > maxMergeBytes)) {
    return { kind: 'refused', reason: 'too large' };
  }
  const [base, ours, theirs] = sides.map(decodeText);
  if (base === undefined || ours === undefined || theirs === undefined) {
    return { kind: 'refused', reason: 'not text' };
  }
  return { kind: 'texts', base: contents.base && base, ours, theirs };
}

/** Returns a merged text as the outcome of a merge. */
export function contentMerge(text: string, conflictCount: number): ContentMerge {
  const bytes = Buffer.from(text);
  return conflictCount === 0
    ? { kind: 'clean', bytes }
    : { kind: 'conflict', bytes, conflictCount };
}

/** Returns both versions of some lines between conflict markers; the markers, and last lines without one, get `ending`. */
export function markConflict(
  ours: string,
  theirs: string,
  labels: MergeLabels,
  ending: string,
): string {
  const close = (text: string) => (text === '' || text.endsWith('\n') ? text : text + ending);
  return [
    `<<<<<<< ${labels.ours}${ending}`,
    close(ours),
    `=======${ending}`,
    close(theirs),
    `>>>>>>> ${labels.theirs}${ending}`,
  ].join('');
}
