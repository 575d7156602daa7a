/** Files to and from a repository on a server, without a repository on this machine. */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { parseRepoPath, type RepoPath } from '../core/model/path.js';
import type { Identity } from '../core/ops/commit.js';
import type { OperationContext } from '../core/ops/context.js';
import * as downloads from '../core/ops/download.js';
import * as uploads from '../core/ops/upload.js';
import { parseRemoteUrl } from '../core/wire/remote-url.js';
import { contextOf, type RepositoryOptions } from './options.js';
import { settingsOf } from './remote.js';

/** Which files to download. */
export interface DownloadFiles {
  readonly paths: readonly string[]; // of the repository; the root is `.` or empty
  readonly revision?: string; // a branch or commit id; `main` when absent
  readonly output?: string; // a directory, the working directory when absent, or the name for a single file
}

/** Which files to upload. */
export interface UploadFiles {
  readonly files: readonly string[]; // on this machine
  readonly destination?: string; // a directory of the repository, the root when absent
  readonly branch?: string; // `main` when absent
  readonly message: string;
  readonly identity: Identity;
  readonly temporaryDirectory?: string | undefined; // the system's when absent
}

/** Downloads files of a repository on a server. @throws as `core/ops/download` */
export async function download(
  url: string,
  files: DownloadFiles,
  options: RepositoryOptions = {},
): Promise<downloads.DownloadResult> {
  const request = {
    paths: files.paths.map(repoPathOf),
    revision: files.revision ?? 'main',
    output: absoluteOf(files.output ?? '.', options),
  };
  return withContext(options, (context) =>
    downloads.download(parseRemoteUrl(url), request, settingsOf(options), context),
  );
}

/** Uploads files to a repository on a server, as one commit. @throws as `core/ops/upload` */
export async function upload(
  url: string,
  files: UploadFiles,
  options: RepositoryOptions = {},
): Promise<uploads.UploadResult> {
  const { message, identity } = files;
  const request = {
    message,
    identity,
    files: files.files.map((path) => absoluteOf(path, options)),
    destination: repoPathOf(files.destination ?? '.'),
    branch: files.branch ?? 'main',
    temporaryDirectory: files.temporaryDirectory ?? tmpdir(),
  };
  return withContext(options, (context) =>
    uploads.upload(parseRemoteUrl(url), request, settingsOf(options), context),
  );
}

/** Returns a path of a repository as users type it: `./a/b/` is `a/b`, `.` the root. @throws InvalidInputError */
export function repoPathOf(text: string): RepoPath {
  const names = text.split('/').filter((name) => name !== '' && name !== '.');
  return parseRepoPath(names.join('/'));
}

function absoluteOf(path: string, { workingDirectory }: RepositoryOptions): string {
  return workingDirectory === undefined ? resolve(path) : resolve(workingDirectory, path);
}

async function withContext<Result>(
  options: RepositoryOptions,
  work: (context: OperationContext) => Promise<Result>,
): Promise<Result> {
  const context = contextOf(options);
  try {
    return await work(context);
  } finally {
    if (options.jobs === undefined) await context.jobs.close();
  }
}
