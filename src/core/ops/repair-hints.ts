/**
 * Hints that name a commit which is not here are replaced by the commit that is being sent: stock clients fetch large files by
 * the commit that touched them last, so such a hint would make a clone fail. Ids do not cover hints, and the bytes keep
 * their length, so the node is patched in place.
 */
import { EntryPeek } from '../format/entry-peek.js';
import { type NodeView, peekChild } from '../format/node-file.js';
import type { CommitId, Hash } from '../model/hash.js';
import { hashBytesLength, hashFromBigEndian } from '../model/hash.js';
import type { NodeBlobs } from '../model/node.js';

const peek = new EntryPeek();

/**
 * Returns the blobs of a vnode with truthful hints, undefined when there is nothing to repair.
 * @param commitId takes the place of commits that are not here
 * @param isHere says whether a commit is stored, or comes with this push
 * @throws IntegrityError when a payload cannot be read
 */
export function repairHints(
  vnode: NodeView,
  commitId: CommitId,
  isHere: (id: Hash) => boolean,
): NodeBlobs | undefined {
  let children: Buffer | undefined;
  const replacement = Buffer.from(commitId.padStart(hashBytesLength * 2, '0'), 'hex');
  for (let index = 0; index < vnode.childCount; index++) {
    peekChild(vnode, index, peek);
    const offset = peek.lastCommitIdOffset;
    if (isHere(hashFromBigEndian(vnode.children, offset))) continue;
    children ??= Buffer.from(vnode.children);
    children.set(replacement, offset);
  }
  return children === undefined ? undefined : { node: vnode.node, children };
}
