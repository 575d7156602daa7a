/**
 * Every request of the protocol as data: method, path, family, rights, kind of body. The server matches requests against
 * this table (`match-route`) and switches over the result; our client builds its requests from it (`build-target`).
 * Source: wire-protocol.md sections A to E (Oxen 0.65) and, for `legacy`, the REST of 2022.
 *
 * A part `:name` holds one part of the path, `:name*` all that follows, slashes included and as far as what is written
 * behind it allows. The first entry that fits wins, so the order is that of the original server.
 */

/** What a request is about; the server has one file of handlers for each. */
export type RouteFamily =
  | 'service'
  | 'repositories'
  | 'branches'
  | 'commits'
  | 'tree'
  | 'versions'
  | 'content'
  | 'fast'
  | 'legacy';

/** What a token must allow: nothing, reading, writing, or removing whole repositories. */
export type RouteAccess = 'public' | 'read' | 'write' | 'admin';

/** How the body is taken: not at all, as one text of limited size, or as a stream. */
export type RouteBody = 'none' | 'text' | 'stream';

/** One entry of the table. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly family: RouteFamily;
  readonly access: RouteAccess;
  readonly body: RouteBody;
}

/** Largest body of kind `text`, in bytes. The stock server takes 256 KiB or 2 MiB; ours takes more and never less. */
export const maxTextBodyBytes = 16 * 1024 * 1024;

const repository = '/api/repos/:namespace/:repository';
const commits = `${repository}/commits` as const;
const versions = `${repository}/versions` as const;
const fast = `${repository}/fast` as const;

function route<const Path extends string>(
  family: RouteFamily,
  access: RouteAccess,
  method: string,
  path: Path,
  body: RouteBody = 'none',
) {
  return { method, path, family, access, body };
}

/** All routes by name, in the order in which they are tried. */
export const routes = {
  showVersion: route('service', 'public', 'GET', '/api/version'),
  showMinVersion: route('service', 'public', 'GET', '/api/min_version'),
  showHealth: route('service', 'public', 'GET', '/api/health'),
  showMetrics: route('service', 'admin', 'GET', '/metrics'),
  listNamespaces: route('service', 'read', 'GET', '/api/namespaces'),
  showNamespace: route('service', 'read', 'GET', '/api/namespaces/:namespace'),

  createRepository: route('repositories', 'write', 'POST', '/api/repos', 'text'),
  listRepositories: route('repositories', 'read', 'GET', '/api/repos/:namespace'),
  showRepository: route('repositories', 'read', 'GET', repository),
  deleteRepository: route('repositories', 'admin', 'DELETE', repository),
  showStats: route('repositories', 'read', 'GET', `${repository}/stats`),
  showSize: route('repositories', 'read', 'GET', `${repository}/size`),
  updateSize: route('repositories', 'read', 'POST', `${repository}/size`, 'text'),
  rebuildDirHashes: route(
    'commits',
    'write',
    'POST',
    `${repository}/fsck/rebuild-dir-hashes`,
    'text',
  ),
  startAction: route(
    'repositories',
    'read',
    'POST',
    `${repository}/action/started/:action`,
    'text',
  ),
  completeAction: route(
    'repositories',
    'read',
    'POST',
    `${repository}/action/completed/:action`,
    'text',
  ),

  listBranches: route('branches', 'read', 'GET', `${repository}/branches`),
  createBranch: route('branches', 'write', 'POST', `${repository}/branches`, 'text'),
  showBranch: route('branches', 'read', 'GET', `${repository}/branches/:branch*`),
  deleteBranch: route('branches', 'write', 'DELETE', `${repository}/branches/:branch*`),
  updateBranch: route('branches', 'write', 'PUT', `${repository}/branches/:branch*`, 'text'),

  showRootCommit: route('commits', 'read', 'GET', `${commits}/root`),
  listCommits: route('commits', 'read', 'GET', `${commits}/all`),
  listMissingFiles: route('commits', 'read', 'GET', `${commits}/missing_files`),
  findMissingCommits: route('commits', 'write', 'POST', `${commits}/missing`, 'text'),
  uploadDirHashes: route('commits', 'write', 'POST', `${commits}/upload`, 'stream'),
  uploadDirHashesChunk: route('commits', 'write', 'POST', `${commits}/upload_chunk`, 'stream'),
  showCommit: route('commits', 'read', 'GET', `${commits}/:commit`),
  listHistory: route('commits', 'read', 'GET', `${commits}/history/:resource*`),
  listAncestors: route('commits', 'read', 'GET', `${commits}/:revision*/parents`),
  downloadCommitDirHashes: route('commits', 'read', 'GET', `${commits}/:revision*/commit_db`),
  downloadDirHashes: route('commits', 'read', 'GET', `${commits}/:range/download_dir_hashes_db`),

  uploadNodes: route('tree', 'write', 'POST', `${repository}/tree/nodes`, 'stream'),
  showNodeAtPath: route('tree', 'read', 'GET', `${repository}/tree/nodes/resource/:resource*`),
  probeNode: route('tree', 'read', 'GET', `${repository}/tree/nodes/hash/:hash`),
  downloadNode: route('tree', 'read', 'GET', `${repository}/tree/nodes/hash/:hash/download`),
  downloadNodes: route('tree', 'read', 'GET', `${repository}/tree/download/:range`),
  downloadAllNodes: route('tree', 'read', 'GET', `${repository}/tree/download`),

  uploadVersions: route('versions', 'write', 'POST', versions, 'stream'),
  downloadVersions: route('versions', 'read', 'QUERY', versions, 'stream'),
  checkVersions: route('versions', 'write', 'DELETE', versions),
  beginUpload: route('versions', 'write', 'POST', `${versions}/uploads`, 'text'),
  uploadPart: route(
    'versions',
    'write',
    'PUT',
    `${versions}/uploads/:upload/parts/:part`,
    'stream',
  ),
  describeVersion: route('versions', 'read', 'GET', `${versions}/:version/metadata`),
  readVersion: route('versions', 'read', 'GET', `${versions}/:resource*`),

  readChunk: route('content', 'read', 'GET', `${repository}/chunk/:resource*`),
  listDir: route('content', 'read', 'GET', `${repository}/dir/:resource*`),
  readFile: route('content', 'read', 'GET', `${repository}/file/:resource*`),
  probeFile: route('content', 'read', 'HEAD', `${repository}/file/:resource*`),
  showEntry: route('content', 'read', 'GET', `${repository}/meta/:resource*`),
  showRevision: route('content', 'read', 'GET', `${repository}/revisions/:resource*`),

  beginFastPush: route('fast', 'write', 'POST', `${fast}/push`, 'stream'),
  findMissingObjects: route('fast', 'write', 'POST', `${fast}/missing`, 'stream'),
  sendObjects: route('fast', 'write', 'POST', `${fast}/objects`, 'stream'),
  beginFastFetch: route('fast', 'read', 'POST', `${fast}/fetch`, 'stream'),
  fetchObjects: route('fast', 'read', 'POST', `${fast}/wishes`, 'stream'),

  listLegacyRepositories: route('legacy', 'read', 'GET', '/repositories'),
  createLegacyRepository: route('legacy', 'write', 'POST', '/repositories', 'text'),
  showLegacyRepository: route('legacy', 'read', 'GET', '/repositories/:repository'),
  listLegacyCommits: route('legacy', 'read', 'GET', '/repositories/:repository/commits'),
  addLegacyEntry: route('legacy', 'write', 'POST', '/repositories/:repository/entries', 'stream'),
  readLegacyFile: route('legacy', 'read', 'GET', '/repositories/:repository/:path*'),
} as const satisfies Readonly<Record<string, Route>>;

/** The name of a route. */
export type RouteName = keyof typeof routes;
