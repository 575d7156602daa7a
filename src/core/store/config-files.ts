/**
 * The two configuration files of a repository. `.oxen/config.toml` has the keys of real Oxen; its `merkle_node_backend`
 * is one that real Oxen does not know, so that it refuses the repository instead of half opening it. Settings that real Oxen
 * would drop when it rewrites the file are in `.oxen/engine.toml`.
 */
import { join } from 'node:path';
import { InvalidInputError, NotFoundError } from '../model/errors.js';
import {
  mergeTable,
  numberOf,
  readTomlFile,
  stringOf,
  type TomlTable,
  tablesOf,
  writeTomlFile,
} from './toml-file.js';

/** The node backend that marks a repository as ours. */
export const nodeBackend = 'oxen-ts-lmdb';

/** Another repository that this one is shared with. */
export interface RemoteConfig {
  readonly name: string;
  readonly url: string;
}

/** What `config.toml` says. */
export interface RepositoryConfig {
  readonly remotes: readonly RemoteConfig[];
  readonly remoteName: string | undefined; // the remote used when none is named
  readonly minVersion: string; // of a real client, passed on in answers of the server
  readonly vnodeSize: number; // entries of a vnode, kept for real Oxen; our trees have their own number
  readonly backend: string | undefined; // `nodeBackend` in our repositories
  readonly depth: number | undefined; // of a partial clone
  readonly subtreePaths: readonly string[]; // of a partial clone; empty for all
}

/** The configuration of a new repository. */
export const newRepositoryConfig: RepositoryConfig = {
  remotes: [],
  remoteName: undefined,
  minVersion: '0.36.0',
  vnodeSize: 10_000,
  backend: nodeBackend,
  depth: undefined,
  subtreePaths: [],
};

/** When contents are compressed. */
export type CompressionMode = 'none' | 'gc' | 'add';

/** What `engine.toml` says. */
export interface EngineConfig {
  readonly compression: CompressionMode; // `gc`: when packs are rewritten; `add`: at once as well
  readonly isBare: boolean; // no working tree: made by `oxen serve`
}

/** The settings of a repository without `engine.toml`. */
export const defaultEngineConfig: EngineConfig = { compression: 'gc', isBare: false };

/**
 * Returns the configuration of the repository whose `.oxen` directory is `controlDirectory`.
 * @throws NotFoundError when there is none; OperationError when it is not valid TOML
 */
export function readRepositoryConfig(controlDirectory: string): RepositoryConfig {
  const path = join(controlDirectory, 'config.toml');
  const table = readTomlFile(path);
  if (table === undefined) throw new NotFoundError(`${path} does not exist.`, { path });
  return {
    remotes: tablesOf(table, 'remotes', path).map((remote) => ({
      name: stringOf(remote, 'name') ?? '',
      url: stringOf(remote, 'url') ?? '',
    })),
    remoteName: stringOf(table, 'remote_name'),
    minVersion: stringOf(table, 'min_version') ?? newRepositoryConfig.minVersion,
    vnodeSize: numberOf(table, 'vnode_size') ?? newRepositoryConfig.vnodeSize,
    backend: stringOf(table, 'merkle_node_backend'),
    depth: numberOf(table, 'depth'),
    subtreePaths: stringsOf(table, 'subtree_paths'),
  };
}

/** Writes the configuration; keys that are not part of it stay as they are. Durable on return. */
export function writeRepositoryConfig(controlDirectory: string, config: RepositoryConfig): void {
  const path = join(controlDirectory, 'config.toml');
  const old = readTomlFile(path) ?? { storage: { kind: 'local' } };
  const oldRemotes = tablesOf(old, 'remotes', path);
  const remotes = config.remotes.map(({ name, url }) =>
    mergeTable(oldRemotes.find((remote) => remote['name'] === name) ?? {}, { name, url }),
  );
  const table = mergeTable(old, {
    remotes,
    remote_name: config.remoteName,
    min_version: config.minVersion,
    vnode_size: config.vnodeSize,
    merkle_node_backend: config.backend,
    depth: config.depth,
    subtree_paths: config.subtreePaths.length === 0 ? undefined : [...config.subtreePaths],
  });
  writeTomlFile(path, table);
}

/** `add` stores smaller files raw: to compress one of them takes longer than all else that is done with it. */
const smallestAtAdd = 8 * 1024;

/** `gc` leaves only what gains next to nothing. */
const smallestAtGc = 512;

/** Returns from how many bytes on contents are compressed by `add` or `gc`; nothing when they are not. */
export function compressFromOf(
  { compression }: EngineConfig,
  verb: 'add' | 'gc',
): { readonly compressFrom?: number } {
  if (compression === 'none' || (verb === 'add' && compression === 'gc')) return {};
  return { compressFrom: verb === 'add' ? smallestAtAdd : smallestAtGc };
}

/** Returns `config` with the remote `name` set to `url`, as the default one when it is the first. */
export function withRemote(config: RepositoryConfig, name: string, url: string): RepositoryConfig {
  const others = config.remotes.filter((remote) => remote.name !== name);
  return {
    ...config,
    remotes: [...others, { name, url }],
    remoteName: config.remoteName ?? name,
  };
}

/** Returns `config` without the remote `name`. */
export function withoutRemote(config: RepositoryConfig, name: string): RepositoryConfig {
  const remotes = config.remotes.filter((remote) => remote.name !== name);
  const remoteName = config.remoteName === name ? remotes[0]?.name : config.remoteName;
  return { ...config, remotes, remoteName };
}

/**
 * Returns the engine settings; defaults where the file or a key is absent.
 * @throws InvalidInputError when a value is not allowed; OperationError when the file is not valid TOML
 */
export function readEngineConfig(controlDirectory: string): EngineConfig {
  const path = join(controlDirectory, 'engine.toml');
  const table = readTomlFile(path) ?? {};
  const mode = stringOf(table, 'compression') ?? defaultEngineConfig.compression;
  return { compression: parseCompression(mode, path), isBare: table['bare'] === true };
}

/** Says whether there are engine settings beside the defaults. */
export function hasEngineConfig(controlDirectory: string): boolean {
  return readTomlFile(join(controlDirectory, 'engine.toml')) !== undefined;
}

/** Returns a compression mode from its name. @throws InvalidInputError when there is no such mode */
export function parseCompression(mode: string, path = ''): CompressionMode {
  if (mode === 'none' || mode === 'gc' || mode === 'add') return mode;
  const where = path === '' ? 'The' : `${path}:`;
  throw new InvalidInputError(`${where} compression must be none, gc or add.`, { path });
}

/** Writes the engine settings; keys that are not part of them stay as they are. Durable on return. */
export function writeEngineConfig(controlDirectory: string, config: EngineConfig): void {
  const path = join(controlDirectory, 'engine.toml');
  const changes = { compression: config.compression, bare: config.isBare };
  writeTomlFile(path, mergeTable(readTomlFile(path) ?? {}, changes));
}

function stringsOf(table: TomlTable, key: string): string[] {
  const value = table[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
