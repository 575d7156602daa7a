/** Choosing commits of a history by who made them and when. */
import type { CommitNode } from '../model/node.js';

/** What a commit must be to be chosen; what is absent is not asked. */
export interface CommitCriteria {
  readonly author?: string; // a part of the name or of the email address, in any case of letters
  readonly sinceSeconds?: number; // made at this time or later, seconds since 1970
  readonly untilSeconds?: number; // made at this time or earlier
}

/** Yields the commits that meet the criteria, in the order given. */
export function* selectCommits(
  commits: Iterable<CommitNode>,
  criteria: CommitCriteria,
): Generator<CommitNode> {
  for (const commit of commits) if (meets(commit, criteria)) yield commit;
}

function meets(
  { author: name, email, timestamp }: CommitNode,
  { author, sinceSeconds, untilSeconds }: CommitCriteria,
): boolean {
  if (author !== undefined) {
    const wanted = author.toLowerCase();
    if (!`${name} <${email}>`.toLowerCase().includes(wanted)) return false;
  }
  if (sinceSeconds !== undefined && timestamp.seconds < sinceSeconds) return false;
  return untilSeconds === undefined || timestamp.seconds <= untilSeconds;
}
