/**
 * The parameters in request paths: what each may hold, checked once when a request is matched. Everything that could
 * leave a repository is refused here, before any handler runs: `.` and `..`, NUL, backslashes, names that a file system
 * might take for `.oxen`, and what would become one of these if somebody decoded it a second time.
 */
import { InvalidInputError } from '../model/errors.js';
import { type Hash, parseHash } from '../model/hash.js';
import { isControlName, nameProblem, type RepoPath, rootPath } from '../model/path.js';
import { decodePercent } from './percent.js';

/** A revision and a path behind it, not yet told apart: `main/img/1.jpg`, or `feature/x/img/1.jpg`. */
export interface ResourceTail {
  readonly parts: readonly string[];
}

/** One commit, or the commits from `base` to `head`. */
export interface CommitRange {
  readonly base: string | undefined; // undefined: everything up to `head`
  readonly head: string;
}

/** The values of parameters by their names in `routes`. */
export interface ParameterTypes {
  readonly namespace: string;
  readonly repository: string;
  readonly action: string;
  readonly branch: string; // may contain slashes
  readonly revision: string; // a branch or the text of a commit id
  readonly commit: string; // what should be the text of a commit id
  readonly range: CommitRange;
  readonly resource: ResourceTail;
  readonly path: RepoPath;
  readonly hash: Hash;
  readonly version: string; // what should be the hash of a content, compared as text
  readonly upload: string;
  readonly part: number; // from 0
}

/** The name of a parameter. */
export type ParameterName = keyof ParameterTypes;

/** The values of the given parameters. */
export type Parameters<Name extends ParameterName> = {
  readonly [Key in Name]: ParameterTypes[Key];
};

const longestUploadId = 64;
const longestBranch = 500;

const parsers: { readonly [Name in ParameterName]: (text: string) => ParameterTypes[Name] } = {
  namespace: parseRepositoryName,
  repository: parseRepositoryName,
  action: parseName,
  branch: parseBranch,
  revision: parseBranch,
  commit: parseName,
  range: (text) => parseCommitRange(parseName(text)),
  resource: (text) => ({ parts: parseParts(text) }),
  path: (text) => joinParts(parseParts(text)),
  hash: parseHash,
  version: parseName,
  upload: parseUploadId,
  part: parsePartNumber,
};

/**
 * Returns the value of a parameter as it stands, still encoded, in a request path.
 * @throws InvalidInputError when it may not have that value
 */
export function parseParameter(name: ParameterName, raw: string): unknown {
  const text = decodePercent(raw);
  if (text === undefined) throw refused(raw, 'is not valid UTF-8');
  refuseHiddenEscapes(text);
  return parsers[name](text);
}

/**
 * Returns the range written as `head` or `base..head`.
 * @throws InvalidInputError when an end is missing or three dots are used
 */
export function parseCommitRange(text: string): CommitRange {
  const dots = text.indexOf('..');
  if (dots < 0) return { base: undefined, head: text };
  const base = text.slice(0, dots);
  const head = text.slice(dots + 2);
  if (head.startsWith('.')) {
    const right = `${base}..${head.slice(1)}`;
    throw new InvalidInputError(`Three-dot syntax is not supported here, use ${right}`);
  }
  if (base === '' || head === '' || head.includes('..')) {
    throw new InvalidInputError(`'${text}' is not a range of commits: base..head was expected.`);
  }
  return { base, head };
}

/** A way to take a resource tail apart. */
export interface ResourceReading {
  readonly kind: 'commit' | 'branch' | 'workspace';
  readonly revision: string;
  readonly path: RepoPath;
}

/**
 * Yields the ways to read a resource tail in the order in which they are tried: the first part as a commit id, then as
 * branch the longest run of parts that leaves a path, shorter ones, the whole, and the first part as a workspace.
 */
export function* readingsOf(tail: ResourceTail): Generator<ResourceReading> {
  const { parts } = tail;
  const first = parts[0];
  if (first === undefined) return;
  yield readingAt('commit', parts, 1);
  const whole = partsWithin(parts, longestBranch);
  for (let count = Math.min(whole, parts.length - 1); count > 0; count--) {
    yield readingAt('branch', parts, count);
  }
  if (whole === parts.length) yield readingAt('branch', parts, whole);
  yield readingAt('workspace', parts, 1);
}

/** Returns the tail that names `path` at `revision`. */
export function resourceTail(revision: string, path: RepoPath): ResourceTail {
  const pathParts = path === rootPath ? [] : path.split('/');
  return { parts: [...revision.split('/'), ...pathParts] };
}

/**
 * Returns `text` as a path inside a repository, where repeated slashes, single dots and slashes at the ends are dropped.
 * @throws InvalidInputError when it would leave the repository or holds a name that cannot be
 */
export function parseRequestPath(text: string): RepoPath {
  return joinParts(parseParts(text));
}

/** Returns how many of the first parts fit, joined by slashes, into `length` characters. */
function partsWithin(parts: readonly string[], length: number): number {
  let used = -1;
  const tooLong = parts.findIndex((part) => {
    used += part.length + 1;
    return used > length;
  });
  return tooLong < 0 ? parts.length : tooLong;
}

function readingAt(
  kind: ResourceReading['kind'],
  parts: readonly string[],
  count: number,
): ResourceReading {
  const path = joinParts(parts.slice(count));
  return { kind, revision: parts.slice(0, count).join('/'), path };
}

/** Joins names that were checked. */
function joinParts(parts: readonly string[]): RepoPath {
  return parts.join('/') as RepoPath;
}

function parseParts(text: string): string[] {
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  for (const part of parts) parseName(part);
  return parts;
}

function parseBranch(text: string): string {
  for (const part of text.split('/')) parseName(part);
  return text;
}

function parseName(text: string): string {
  const problem = nameProblem(text);
  if (problem !== undefined) throw refused(text, problem);
  return text;
}

function parseRepositoryName(text: string): string {
  if (nameProblem(text) === undefined) return text;
  throw new InvalidInputError(
    'A namespace and a repository name must each be a single path segment',
  );
}

function parseUploadId(text: string): string {
  if (text.length > longestUploadId) throw refused('upload', 'is too long');
  return parseName(text);
}

function parsePartNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw refused(text, 'is not the number of a part');
  return Number(text);
}

/** Refuses text in which a second decoding would uncover a way out of the repository. */
function refuseHiddenEscapes(text: string): void {
  let hidden = text;
  while (hidden.includes('%')) {
    const decoded = decodePercent(hidden);
    if (decoded === undefined || decoded === hidden) return;
    hidden = decoded;
    for (const part of hidden.split(/[/\\]/)) {
      if (part === '..' || part.includes('\0') || isControlName(part)) {
        throw refused(text, 'hides a reserved name behind escapes');
      }
    }
  }
}

function refused(text: string, problem: string): InvalidInputError {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return new InvalidInputError(`Invalid resource: ${JSON.stringify(shown)} ${problem}`);
}
