/**
 * The verb `download`: single files and directories of a remote repository, without a clone. Every file is compared with the hash
 * that the remote's tree gives it before it gets its name. Files over 10 MiB come in ranges, several at once.
 */
import { basename, dirname } from 'node:path';
import { InvalidInputError, NotFoundError } from '../model/errors.js';
import type { Hash } from '../model/hash.js';
import { parseRepoPath, type RepoPath } from '../model/path.js';
import type { RemoteClient } from '../remote/client.js';
import { findEntry, findNodeAtPath, findRevision, readRemoteFile } from '../remote/content.js';
import { downloadLargeFile, type WantedFile } from '../remote/download-large.js';
import { downloadNodes } from '../remote/download-nodes.js';
import { downloadVersions } from '../remote/download-versions.js';
import { checkedPieces } from '../remote/received-version.js';
import { notifyAction } from '../remote/repository.js';
import type { IdentifiedNode } from '../store/node-store.js';
import { fileNodeOf } from '../tree/read.js';
import { walkTree } from '../tree/walk.js';
import { smallFileBytes } from '../wire/messages/versions.js';
import type { RemoteUrl } from '../wire/remote-url.js';
import { isDirectoryAt, ReceivedFiles } from '../worktree/received-files.js';
import { type OperationContext, ProgressCounter, throwIfStopped } from './context.js';
import { requireRepository } from './push.js';
import { openClient, type RemoteSettings } from './remote-access.js';

/** What to download, and where to. */
export interface DownloadRequest {
  readonly paths: readonly RepoPath[]; // files or directories
  readonly revision: string; // a branch or commit id
  readonly output: string; // absolute: a directory, or the name of the file when one file is asked for and no directory is there
}

/** What came. */
export interface DownloadResult {
  readonly fileCount: number;
  readonly sizeBytes: number;
}

/**
 * Downloads files: `path/to/file` as `file`, a directory with its whole path below the output.
 * @throws NotFoundError when there is no such repository, revision or path; nothing was written then
 * @throws IntegrityError when the server sends other bytes; files that came before stay
 */
export async function download(
  url: RemoteUrl,
  request: DownloadRequest,
  settings: RemoteSettings,
  context: OperationContext,
): Promise<DownloadResult> {
  const client = await openClient(url, settings, context);
  try {
    await requireRepository(client);
    await notifyAction(client, 'started', 'download');
    const run = new DownloadRun(client, request, context);
    const result = await run.run();
    await notifyAction(client, 'completed', 'download');
    return result;
  } finally {
    await client.close();
  }
}

class DownloadRun {
  readonly #client: RemoteClient;
  readonly #request: DownloadRequest;
  readonly #context: OperationContext;
  readonly #files = new Map<RepoPath, WantedFile>(); // by where they go, below the output
  readonly #directories: RepoPath[] = [];
  #root: string;

  constructor(client: RemoteClient, request: DownloadRequest, context: OperationContext) {
    this.#client = client;
    this.#request = request;
    this.#context = context;
    this.#root = request.output;
  }

  async run(): Promise<DownloadResult> {
    for (const path of this.#request.paths) await this.#plan(path);
    const target = new ReceivedFiles(this.#root);
    target.makeDirectories(this.#directories);
    const progress = new ProgressCounter(this.#context, 'fetch', this.#files.size);
    const copies = await this.#fetch(target, progress);
    for (const [to, from] of copies) target.copy(from, to);
    let sizeBytes = 0;
    for (const file of this.#files.values()) sizeBytes += file.sizeBytes;
    return { fileCount: this.#files.size, sizeBytes };
  }

  async #plan(path: RepoPath): Promise<void> {
    const { revision, paths, output } = this.#request;
    const entry = await findEntry(this.#client, revision, path);
    if (entry === undefined) throw missing(path, revision);
    if (entry.isDir) return this.#planDirectory(path);
    if (entry.hash === undefined) throw missing(path, revision);
    const isNamed = paths.length === 1 && !isDirectoryAt(output);
    if (isNamed) this.#root = dirname(output);
    const name = parseRepoPath(isNamed ? basename(output) : basename(path));
    const { hash, sizeBytes, latestCommit } = entry;
    const other = this.#files.get(name)?.path;
    if (other !== undefined && other !== path) {
      throw new InvalidInputError(`Both ${other} and ${path} would be written as ${name}.`, {
        hint: 'Download them one after the other, each to a name of its own with --output.',
      });
    }
    this.#files.set(name, { path, hash, sizeBytes, commitId: latestCommit?.id ?? revision });
  }

  async #planDirectory(path: RepoPath): Promise<void> {
    const client = this.#client;
    const { revision } = this.#request;
    const commitId = (await findRevision(client, revision))?.commit?.id;
    if (commitId === undefined) throw missing(path, revision);
    const nodes = new Map<Hash, IdentifiedNode['blobs']>();
    const part = { depth: -1, subtrees: [path], isDownload: true };
    const range = { base: undefined, head: commitId };
    for await (const { id, blobs } of downloadNodes(client, range, { part })) nodes.set(id, blobs);
    const top = await findNodeAtPath(client, commitId, path);
    if (top === undefined) throw missing(path, revision);
    const source = { read: (id: Hash) => nodes.get(id) };
    for (const { path: at, entry } of walkTree(source, top, path)) {
      if (entry.kind === 'dir') this.#directories.push(at);
      else {
        const { lastCommitId } = fileNodeOf(entry);
        const { hash, sizeBytes } = entry;
        this.#files.set(at, { path: at, hash, sizeBytes, commitId: lastCommitId });
      }
    }
    this.#directories.push(path);
  }

  /** Fetches each content once, and returns which files are to be copies of which others. */
  async #fetch(
    target: ReceivedFiles,
    progress: ProgressCounter,
  ): Promise<ReadonlyMap<RepoPath, RepoPath>> {
    const places = new Map<Hash, RepoPath>();
    const copies = new Map<RepoPath, RepoPath>();
    const small: WantedFile[] = [];
    for (const [to, file] of this.#files) {
      const first = places.get(file.hash);
      if (first !== undefined) copies.set(to, first);
      else {
        places.set(file.hash, to);
        if (file.sizeBytes <= smallFileBytes) small.push(file);
      }
    }
    const write = async (file: WantedFile, pieces: AsyncIterable<Uint8Array>) => {
      throwIfStopped(this.#context);
      const to = places.get(file.hash);
      if (to !== undefined) await target.write(to, pieces);
      progress.add(1, file.sizeBytes);
    };
    const [only] = small;
    if (small.length === 1 && only !== undefined) await write(only, this.#readSmall(only));
    else {
      const byHash = new Map(small.map((file) => [file.hash, file]));
      await downloadVersions(this.#client, small, async (version) => {
        const file = byHash.get(version.hash);
        if (file !== undefined) await write(file, version.stream());
      });
    }
    for (const [hash, to] of places) {
      const file = this.#files.get(to);
      if (file === undefined || file.hash !== hash || file.sizeBytes <= smallFileBytes) continue;
      await write(file, downloadLargeFile(this.#client, file));
    }
    return copies;
  }

  /** A single file is asked for by its path, as stock clients do. */
  #readSmall(file: WantedFile): AsyncGenerator<Uint8Array> {
    const { revision } = this.#request;
    const pieces = readRemoteFile(this.#client, revision, file.path, file.sizeBytes);
    return checkedPieces(file, pieces);
  }
}

function missing(path: RepoPath, revision: string): NotFoundError {
  return new NotFoundError(`Path does not exist: ${path} in ${revision}`, {
    path,
    hint: 'Check the path and the revision.',
  });
}
