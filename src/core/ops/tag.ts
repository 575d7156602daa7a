/** Tags: names that stay at one commit. A tag is never moved without being asked to, and keeps its commit from gc. */
import type { Clock } from '../model/clock.js';
import { ConflictError, NotFoundError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import type { OpenRepository } from '../repository.js';
import { tagRef, withoutPrefix } from '../store/ref-names.js';
import { moveReferenceLogged } from './branch.js';

/** A tag and its commit. */
export interface TagInfo {
  readonly name: string;
  readonly commitId: CommitId;
}

/** Returns the tags, ascending by name. */
export function listTags({ refs }: OpenRepository): TagInfo[] {
  return refs
    .listAll('tags/')
    .map(({ name, commitId }) => ({ name: withoutPrefix(name, 'tags/'), commitId }));
}

/**
 * Makes a tag.
 * @param force whether a tag of this name is moved
 * @throws InvalidInputError for a bad name; ConflictError when there is one of this name; NotFoundError when the commit is not here
 */
export function createTag(
  repository: OpenRepository,
  name: string,
  commitId: CommitId,
  force: boolean,
  clock: Clock,
): void {
  const ref = tagRef(name);
  if (!force && repository.refs.read(ref) !== undefined) {
    throw new ConflictError(`Tag already exists: ${name}`, {
      hint: `Move it to another commit: oxen tag -f ${name}`,
    });
  }
  const change = { name: ref, expected: force ? 'any' : undefined, next: commitId } as const;
  moveReferenceLogged(repository, change, { verb: 'tag', summary: name }, clock);
}

/** Deletes a tag and returns the commit it pointed to. @throws NotFoundError when there is none */
export function deleteTag(repository: OpenRepository, name: string, clock: Clock): CommitId {
  const ref = tagRef(name);
  const commitId = repository.refs.read(ref);
  if (commitId === undefined) {
    throw new NotFoundError(`Tag '${name}' not found`, { hint: 'See which there are: oxen tag' });
  }
  const change = { name: ref, expected: commitId, next: undefined };
  moveReferenceLogged(repository, change, { verb: 'tag', summary: `-d ${name}` }, clock);
  return commitId;
}
