/**
 * What two of ours say to each other in the JSON frames: which objects are asked about, sent or wanted, and what could not
 * be taken. Every request starts with a `begin` frame; lists of hashes, nodes and records follow in frames of their own.
 */
import type { CommitId, Hash } from '../../model/hash.js';
import type { RepoPath } from '../../model/path.js';
import {
  boolean,
  hash,
  integer,
  list,
  oneOf,
  optional,
  parseJson,
  record,
  type Shape,
  text,
} from '../messages/json-shape.js';
import { parseRequestPath } from '../parameters.js';
import { type Frame, malformed, rawFrame } from './frame.js';

/** A push about to be made; a frame of the ids of its commits follows, newest first. */
export interface PushBegin {
  readonly branch: string;
  readonly commitId: CommitId; // where the branch shall point
}

/** What the server says to it; a `missing` frame for the list of commits follows. */
export interface PushAnswer {
  readonly branchHead: CommitId | undefined; // undefined: there is no such branch
  readonly maxRequestBytes: number; // of one request with objects
  readonly parallelRequests: number; // more are not faster
}

/** The kinds of objects that are asked about and wanted. */
export const objectKinds = ['nodes', 'contents', 'chunks'] as const;

/** A kind of object. */
export type ObjectKind = (typeof objectKinds)[number];

/** A question or wish about objects of one kind; frames of their hashes follow. */
export interface ObjectsBegin {
  readonly kind: ObjectKind;
}

/** A wish for the nodes of commits. */
export interface NodesBegin {
  readonly heads: readonly CommitId[]; // with all their ancestors, unless `isShallow`
  readonly haves: readonly CommitId[]; // complete at the receiver, with all their ancestors
  readonly isShallow: boolean; // only the heads themselves
  readonly depth: number; // levels of directories below each subtree; -1 for all
  readonly subtrees: readonly RepoPath[]; // none: the whole tree
}

/** Something that could not be taken or given; the stream goes on. */
export interface ObjectProblem {
  readonly hash: Hash | undefined; // of the object, when it is about one
  readonly code: 'missing' | 'integrity' | 'conflict' | 'refused' | 'internal';
  readonly message: string;
}

const maxCommits = 10_000;
const maxSubtrees = 10_000;
const pathShape: Shape<RepoPath> = (value, place) => parseRequestPath(text(65_536)(value, place));

const pushBegin = record({ branch: text(4096), commit_id: hash });
const pushAnswer = record({
  branch_head: optional(hash),
  max_request_bytes: integer(1),
  parallel_requests: integer(1, 1024),
});
const objectsBegin = record({ kind: oneOf(...objectKinds) });
const nodesBegin = record({
  heads: list(hash, maxCommits),
  haves: list(hash, maxCommits),
  shallow: boolean,
  depth: integer(-1, 1_000_000),
  subtrees: list(pathShape, maxSubtrees),
});
const problemShape = record({
  hash: optional(hash),
  code: oneOf('missing', 'integrity', 'conflict', 'refused', 'internal'),
  message: text(10_000),
});

/** Returns the first frame of a push. */
export function pushBeginFrame(begin: PushBegin): Frame {
  return jsonFrame('begin', { branch: begin.branch, commit_id: begin.commitId });
}

/** Returns what push is begun. @throws InvalidInputError when the frame is malformed */
export function pushBeginIn(frame: Frame): PushBegin {
  const { branch, commit_id: commitId } = jsonIn('begin', frame, pushBegin);
  return { branch, commitId: commitId as CommitId };
}

/** Returns the first frame of the answer to the beginning of a push. */
export function pushAnswerFrame(answer: PushAnswer): Frame {
  return jsonFrame('begin', {
    branch_head: answer.branchHead ?? null,
    max_request_bytes: answer.maxRequestBytes,
    parallel_requests: answer.parallelRequests,
  });
}

/** Returns what the server says to a push. @throws InvalidInputError when the frame is malformed */
export function pushAnswerIn(frame: Frame): PushAnswer {
  const answer = jsonIn('begin', frame, pushAnswer);
  return {
    branchHead: answer.branch_head as CommitId | undefined,
    maxRequestBytes: answer.max_request_bytes,
    parallelRequests: answer.parallel_requests,
  };
}

/** Returns the first frame of a question or wish about objects. */
export function objectsBeginFrame(begin: ObjectsBegin): Frame {
  return jsonFrame('begin', begin);
}

/** Returns which objects are asked about or wanted. @throws InvalidInputError when the frame is malformed */
export function objectsBeginIn(frame: Frame): ObjectsBegin {
  return jsonIn('begin', frame, objectsBegin);
}

/** Returns the frame that wishes for nodes. */
export function nodesBeginFrame(begin: NodesBegin): Frame {
  const { heads, haves, isShallow, depth, subtrees } = begin;
  return jsonFrame('begin', { heads, haves, shallow: isShallow, depth, subtrees });
}

/** Returns which nodes are wished for. @throws InvalidInputError when the frame is malformed */
export function nodesBeginIn(frame: Frame): NodesBegin {
  const { heads, haves, shallow, depth, subtrees } = jsonIn('begin', frame, nodesBegin);
  return {
    heads: heads as CommitId[],
    haves: haves as CommitId[],
    isShallow: shallow,
    depth,
    subtrees,
  };
}

/** Returns the frame that tells of a problem. */
export function problemFrame(problem: ObjectProblem): Frame {
  const { hash: id, code, message } = problem;
  return jsonFrame('problem', { hash: id ?? null, code, message: message.slice(0, 5000) });
}

/** Returns the problem that a frame tells of. @throws InvalidInputError when the frame is malformed */
export function problemIn(frame: Frame): ObjectProblem {
  return jsonIn('problem', frame, problemShape);
}

function jsonFrame(kind: 'begin' | 'problem', value: object): Frame {
  return rawFrame(kind, Buffer.from(JSON.stringify(value)), 1);
}

function jsonIn<Value>(kind: Frame['kind'], frame: Frame, shape: Shape<Value>): Value {
  if (frame.kind !== kind) throw malformed(`${kind} was expected, not ${frame.kind}`);
  if (frame.rawLength !== frame.payload.length) throw malformed(`${kind} may not be compressed`);
  const source = Buffer.from(frame.payload).toString('utf8');
  return parseJson('The frame', source, shape);
}
