/**
 * The failures that servers of this protocol report, each with its status and form. Texts follow the stock server where
 * clients show them; none may hold a path of the server's file system.
 */
import { minClientVersion } from '../headers.js';
import type { Failure } from './envelope.js';

/** No such route, node or upload: form 1. */
export const notFound: Failure = { status: 404, message: 'resource_not_found' };

/** The sender must name itself. */
export const unauthenticated: Failure = { status: 401, message: 'unauthenticated' };

/** The sender is known but may not do this. */
export const forbidden: Failure = {
  status: 403,
  message: 'unauthenticated',
  description: 'Your token does not allow this.',
};

/** Something named in the request does not exist: `Branch does not exist`, `Revision not found`, ... */
export function missing(title: string, detail: string): Failure {
  return withDetails(404, 'resource_not_found', 'resource_not_found', title, detail);
}

/** The branch does not exist. */
export function missingBranch(branch: string): Failure {
  return missing('Branch does not exist', `Could not find branch: Branch '${branch}' not found`);
}

/** The commit or branch does not exist. */
export function missingRevision(revision: string): Failure {
  return missing('Revision not found', `Could not find branch or commit: ${revision}`);
}

/** The path does not exist in the revision, or the revision itself does not. */
export function missingPath(path: string): Failure {
  return missing('Path does not exist', `Could not find path: ${path}`);
}

/** The repository does not exist: form 2. */
export function missingRepository(namespace: string, name: string): Failure {
  const description = `Repository '${namespace}/${name}' not found`;
  return { status: 404, message: 'resource_not_found', description };
}

/** The request cannot be right. */
export function badRequest(detail: string): Failure {
  return withDetails(400, 'bad_request', 'bad_request', 'Bad Request', detail);
}

/** A request of the wrong kind for its route: content type, method of upload. */
export function unsupportedMediaType(detail: string): Failure {
  return withDetails(415, 'bad_request', 'bad_request', 'Bad Request', detail);
}

/** The body is larger than the route takes. */
export function bodyTooLarge(limitBytes: number): Failure {
  const detail = `The body is larger than the allowed ${limitBytes} bytes.`;
  return withDetails(413, 'bad_request', 'bad_request', 'Payload Too Large', detail);
}

/** The headers are too large. */
export const headersTooLarge: Failure = withDetails(
  431,
  'bad_request',
  'bad_request',
  'Request Header Fields Too Large',
  'The headers of the request are too large.',
);

/** The sender takes too long. */
export const tooSlow: Failure = withDetails(
  408,
  'bad_request',
  'bad_request',
  'Request Timeout',
  'The request did not arrive in time.',
);

/** The sender makes too many requests. */
export function tooManyRequests(retryAfterSeconds: number): Failure {
  return busy(
    'too_many_requests',
    'Too many requests',
    'More requests come from this address than the server allows.',
    retryAfterSeconds,
  );
}

/** The state forbids it. */
export function conflict(title: string, detail: string): Failure {
  return withDetails(409, 'conflict', 'conflict', title, detail);
}

/** A repository of that name exists; stock clients look for this text. */
export const repositoryExists: Failure = { status: 409, message: 'Repo already exists.' };

/** A namespace or repository name cannot be used; the text is the status message, as on stock servers. */
export function badRepositoryName(problem: string): Failure {
  return { status: 400, message: problem };
}

/** The branch is not where the sender expected it. */
export function branchMoved(branch: string, expected: string, found: string): Failure {
  const detail = `Branch '${branch}' was expected at ${expected} and is at ${found}.`;
  return withDetails(409, 'conflict', 'branch_head_mismatch', 'Branch has moved', detail);
}

/** The client is too old. */
export const updateRequired: Failure = withDetails(
  426,
  'update_required',
  'update_required',
  'Update Required',
  `Oxen CLI out of date. Pushing to OxenHub requires version >= ${minClientVersion}.`,
);

/** Contents asked for are not here; all of them are listed. */
export function missingVersions(hashes: readonly string[]): Failure {
  const detail = `Server is missing ${hashes.length} content blob(s) for this batch download. Missing hashes: ${hashes.join(', ')}`;
  return {
    status: 404,
    message: 'resource_not_found',
    error: {
      type: 'version_blobs_missing',
      title: 'Version blobs missing on server',
      detail,
      extra: { missing_hashes: hashes },
    },
  };
}

/** A branch may not point at the commit yet: nodes or contents that it adds are not here. */
export function unreachableObjects(missingNodeCount: number, missingVersionCount: number): Failure {
  return {
    status: 400,
    message: 'bad_request',
    error: {
      type: 'reachable_objects_missing',
      title: 'Commit is not complete',
      detail: `${missingNodeCount} nodes and ${missingVersionCount} versions of the commit are missing.`,
      extra: { missing_node_count: missingNodeCount, missing_version_count: missingVersionCount },
    },
  };
}

/** An upload in parts, or a part of one, cannot be taken: form 2. */
export function uploadRefused(problem: string): Failure {
  return {
    status: 400,
    message: 'bad_request',
    description: `Version upload refused: ${problem}`,
  };
}

/** No such upload: never begun, ended, or given up; the client begins again. */
export function missingUpload(uploadId: string): Failure {
  const description = `Version upload ${uploadId} not found`;
  return { status: 404, message: 'resource_not_found', description };
}

/** The repository is being maintained. */
export const lockTimeout: Failure = busy(
  'lock_timeout',
  'Repository is locked',
  'The repository is being maintained.',
  5,
);

/** Something went wrong that the client can do nothing about; `requestId` finds it in the server's log. */
export function internalError(requestId: string): Failure {
  const detail = `The request ${requestId} failed.`;
  const token = 'internal_server_error';
  return withDetails(500, token, token, 'Internal server error', detail);
}

/** The route exists in the protocol but not here. */
export function notImplemented(detail: string): Failure {
  return withDetails(501, 'not_implemented', 'not_implemented', 'Not implemented', detail);
}

function busy(type: string, title: string, detail: string, retryAfterSeconds: number): Failure {
  const failure = withDetails(429, 'too_many_requests', type, title, detail);
  return { ...failure, retryAfterSeconds };
}

function withDetails(
  status: number,
  message: string,
  type: string,
  title: string,
  detail: string,
): Failure {
  return { status, message, error: { type, title, detail } };
}
