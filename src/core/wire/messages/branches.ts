/** Messages about branches. */
import type { CommitId } from '../../model/hash.js';
import { encodeSuccess, type JsonObject, type SuccessToken } from './envelope.js';
import { checkJson, hash, list, optional, parseJson, record, text } from './json-shape.js';

/** A branch and the commit it points to. */
export interface Branch {
  readonly name: string;
  readonly commitId: CommitId;
}

/** A branch to be made: at a commit, or where another branch is. */
export type NewBranch =
  | { readonly name: string; readonly commitId: CommitId }
  | { readonly name: string; readonly from: string };

/** Where a branch is to move. */
export interface BranchMove {
  readonly commitId: CommitId;
  /** Where it must be now (ours only): a commit, or undefined when it must not exist; `any` for stock clients. */
  readonly expected: CommitId | undefined | 'any';
}

const longestName = 4096;
/** The form of a branch object. */
export const branchShape = record({ name: text(longestName), commit_id: hash });
const branchAnswer = record({ branch: branchShape });
const branchesAnswer = record({ branches: list(branchShape) });
const newBranchRequest = record({
  new_name: text(longestName),
  commit_id: optional(hash),
  from_name: optional(text(longestName)),
});
const moveRequest = record({ commit_id: hash, expected_commit_id: optional(text(64)) });

/** Returns a branch object. */
export function branchToJson(branch: Branch): JsonObject {
  return { name: branch.name, commit_id: branch.commitId };
}

/** Returns the answer with one branch. */
export function encodeBranchAnswer(token: SuccessToken, branch: Branch): string {
  return encodeSuccess(token, { branch: branchToJson(branch) });
}

/** Returns the branch in such an answer. @throws InvalidInputError when it is malformed */
export function decodeBranchAnswer(fields: JsonObject): Branch {
  return toBranch(checkJson('The answer', fields, branchAnswer).branch);
}

/** Returns the answer with all branches. */
export function encodeBranchesAnswer(branches: readonly Branch[]): string {
  return encodeSuccess('resource_found', { branches: branches.map(branchToJson) });
}

/** Returns the branches in such an answer. @throws InvalidInputError when it is malformed */
export function decodeBranchesAnswer(fields: JsonObject): Branch[] {
  return checkJson('The answer', fields, branchesAnswer).branches.map(toBranch);
}

/** Returns the body that makes a branch. */
export function encodeNewBranch(branch: NewBranch): string {
  if ('from' in branch) return JSON.stringify({ new_name: branch.name, from_name: branch.from });
  return JSON.stringify({ new_name: branch.name, commit_id: branch.commitId });
}

/**
 * Returns the branch to make, undefined when the body names neither a commit nor a branch to start from.
 * @throws InvalidInputError when the body is malformed
 */
export function decodeNewBranch(body: string): NewBranch | undefined {
  const request = parseJson('The request', body, newBranchRequest);
  const { new_name: name, commit_id: commitId, from_name: from } = request;
  if (commitId !== undefined) return { name, commitId: commitId as CommitId };
  return from === undefined ? undefined : { name, from };
}

/** Returns the body that moves a branch; stock servers ignore what it says about the present place. */
export function encodeBranchMove(move: BranchMove): string {
  const { commitId, expected } = move;
  if (expected === 'any') return JSON.stringify({ commit_id: commitId });
  return JSON.stringify({ commit_id: commitId, expected_commit_id: expected ?? '' });
}

/** Returns where a branch is to move. @throws InvalidInputError when the body is malformed */
export function decodeBranchMove(body: string): BranchMove {
  const request = parseJson('The request', body, moveRequest);
  const commitId = request.commit_id as CommitId;
  if (request.expected_commit_id === undefined) return { commitId, expected: 'any' };
  if (request.expected_commit_id === '') return { commitId, expected: undefined };
  return { commitId, expected: hash(request.expected_commit_id, 'expected_commit_id') as CommitId };
}

/** Returns the branch in an object of that form. */
export function toBranch(fields: { name: string; commit_id: string }): Branch {
  return { name: fields.name, commitId: fields.commit_id as CommitId };
}
