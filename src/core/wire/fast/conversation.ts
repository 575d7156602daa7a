/**
 * What two of ours say to each other in JSON: how a push and a fetch begin. Lists of hashes follow in frames of their own,
 * commits always newest first.
 */
import type { CommitId } from '../../model/hash.js';
import { type Branch, branchShape, branchToJson, toBranch } from '../messages/branches.js';
import { hash, list, parseJson, record, type Shape } from '../messages/json-shape.js';
import { type Frame, malformed } from './frame.js';
import { expectKind } from './payloads.js';

/** A wish for the commits behind one; the answer is a list of hashes. */
export interface FetchBegin {
  readonly head: CommitId;
  readonly haves: readonly CommitId[]; // complete at the receiver, with all their ancestors
}

const maxBranches = 1_000_000;
const maxHaves = 100_000;

const branchList = record({ branches: list(branchShape, maxBranches) });
const fetchBegin = record({ head: hash, haves: list(hash, maxHaves) });

/** Returns the frame that names all branches: the first of the answer to the beginning of a push. */
export function branchesFrame(branches: readonly Branch[]): Frame {
  return jsonFrame({ branches: branches.map(branchToJson) });
}

/** Returns the branches that a frame names. @throws InvalidInputError when the frame is malformed */
export function branchesIn(frame: Frame): Branch[] {
  return jsonIn(frame, branchList).branches.map(toBranch);
}

/** Returns the frame with which a fetch begins. */
export function fetchBeginFrame(begin: FetchBegin): Frame {
  return jsonFrame(begin);
}

/** Returns what is fetched. @throws InvalidInputError when the frame is malformed */
export function fetchBeginIn(frame: Frame): FetchBegin {
  const { head, haves } = jsonIn(frame, fetchBegin);
  return { head: head as CommitId, haves: haves as CommitId[] };
}

function jsonFrame(value: object): Frame {
  const payload = Buffer.from(JSON.stringify(value));
  return { kind: 'begin', objects: 'commits', itemCount: 1, payload };
}

function jsonIn<Value>(frame: Frame, shape: Shape<Value>): Value {
  expectKind(frame, 'begin');
  if (frame.itemCount !== 1) throw malformed('a frame of begin does not hold one item');
  return parseJson('The frame', Buffer.from(frame.payload).toString('utf8'), shape);
}
