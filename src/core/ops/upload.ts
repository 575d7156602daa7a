/**
 * The verb `upload`: adds files to a branch of a remote repository, as one commit, without a clone of its files. The commit is made
 * here, on the tree of the branch, and pushed by the requests of every push: no server needs to offer anything else for it.
 */
import { ConflictError, InvalidInputError } from '../model/errors.js';
import type { CommitId } from '../model/hash.js';
import type { RepoPath } from '../model/path.js';
import { listBranches } from '../remote/branches.js';
import type { OpenRepository } from '../repository.js';
import { branchRef } from '../store/ref-names.js';
import type { RemoteUrl } from '../wire/remote-url.js';
import { makeUploadPlace, placeFiles } from '../worktree/upload-place.js';
import { add } from './add.js';
import { clone } from './clone.js';
import { commit, type Identity } from './commit.js';
import type { OperationContext } from './context.js';
import { push } from './push.js';
import { defaultRemoteName, openClient, type RemoteSettings } from './remote-access.js';

/** What to upload, and where to. */
export interface UploadRequest {
  readonly files: readonly string[]; // absolute paths of files or directories
  readonly destination: RepoPath; // directory of the repository that they come to
  readonly branch: string; // made from the usual branch when it does not exist
  readonly message: string;
  readonly identity: Identity;
  readonly temporaryDirectory: string; // the uploaded bytes are there until they are sent
}

/** What an upload made. */
export interface UploadResult {
  readonly branch: string;
  readonly commitId: CommitId;
  readonly fileCount: number; // that were given, changed or not
}

/**
 * Uploads files.
 * @throws NotFoundError when there is no such repository or file; OperationError when the branch has these files already
 * @throws ConflictError when somebody else moved the branch meanwhile; nothing was changed then
 */
export async function upload(
  url: RemoteUrl,
  request: UploadRequest,
  settings: RemoteSettings,
  context: OperationContext,
): Promise<UploadResult> {
  if (request.files.length === 0) throw new InvalidInputError('Name a file to upload.');
  branchRef(request.branch);
  const exists = await hasBranch(url, request.branch, settings, context);
  using place = makeUploadPlace(request.temporaryDirectory);
  const { repository } = await clone(url, place.root, settings, context, {
    ...(exists ? { branch: request.branch } : {}),
    part: { subtrees: [], depth: 0 },
  });
  try {
    putOnBranch(repository, request.branch);
    const paths: RepoPath[] = [];
    for (const file of request.files) {
      paths.push(...(await placeFiles(place.root, file, request.destination)));
    }
    const targets = paths.map((path) => ({ kind: 'file', path }) as const);
    await add(repository, targets, context);
    const { id } = await commit(repository, request.message, request.identity, context);
    const target = { remote: defaultRemoteName, branch: request.branch };
    await push(repository, target, settings, context).catch(explainConflict);
    return { branch: request.branch, commitId: id, fileCount: paths.length };
  } finally {
    await repository.close();
  }
}

async function hasBranch(
  url: RemoteUrl,
  branch: string,
  settings: RemoteSettings,
  context: OperationContext,
): Promise<boolean> {
  const client = await openClient(url, settings, context);
  try {
    return (await listBranches(client)).some(({ name }) => name === branch);
  } finally {
    await client.close();
  }
}

/** Makes the branch the checked-out one; a new one starts where the clone is. */
function putOnBranch(repository: OpenRepository, branch: string): void {
  const head = repository.headCommitId();
  if (head !== undefined) {
    const name = branchRef(branch);
    repository.environment.transaction(() =>
      repository.refs.compareAndSwap({ name, expected: 'any', next: head }),
    );
  }
  repository.writeHead({ kind: 'branch', branch });
}

function explainConflict(error: unknown): never {
  if (!(error instanceof ConflictError)) throw error;
  throw new ConflictError(
    'The branch was moved by somebody else meanwhile; nothing was uploaded.',
    {
      cause: error,
      hint: 'Run the same command again.',
    },
  );
}
