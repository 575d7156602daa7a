/** Tells revision and path apart in the tail of a request. */

import type { Hash } from '../../core/model/hash.js';
import { type CommitId, parseHash } from '../../core/model/hash.js';
import type { CommitNode } from '../../core/model/node.js';
import type { RepoPath } from '../../core/model/path.js';
import { isCommitStored } from '../../core/ops/missing.js';
import type { Branch } from '../../core/wire/messages/branches.js';
import { missingRevision } from '../../core/wire/messages/failures.js';
import { type ResourceTail, readingsOf } from '../../core/wire/parameters.js';
import { FailureError } from '../exchange.js';
import type { ServedRepository } from '../repositories.js';
import { readBranch } from './in-repository.js';

/** What the tail of a request names. */
export interface Resource {
  readonly commit: CommitNode;
  readonly rootId: Hash;
  readonly branch: Branch | undefined; // undefined when the commit was named by its id
  readonly version: string;
  readonly path: RepoPath;
}

/** Returns the revision and path that a tail names; the path need not exist. @throws FailureError (404) without a revision */
export function resolveResource(repository: ServedRepository, tail: ResourceTail): Resource {
  const { stores } = repository;
  for (const { kind, revision, path } of readingsOf(tail)) {
    const commitId = kind === 'commit' ? commitOf(repository, revision) : undefined;
    const branchCommit = kind === 'branch' ? readBranch(repository, revision) : undefined;
    const id = commitId ?? branchCommit;
    const tree = id === undefined ? undefined : stores.commitTree(id);
    if (tree === undefined) continue;
    const branch =
      branchCommit === undefined ? undefined : { name: revision, commitId: branchCommit };
    return { commit: tree.commit, rootId: tree.rootId, branch, version: revision, path };
  }
  throw new FailureError(missingRevision(tail.parts.join('/')));
}

function commitOf({ stores }: ServedRepository, text: string): CommitId | undefined {
  if (!/^[0-9a-fA-F]{1,32}$/.test(text)) return undefined;
  const id = parseHash(text) as CommitId;
  return isCommitStored(stores, id) ? id : undefined;
}
