import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CommitId } from '../../../src/core/model/hash.js';
import {
  defaultEngineConfig,
  newRepositoryConfig,
  readEngineConfig,
  readRepositoryConfig,
  withoutRemote,
  withRemote,
  writeEngineConfig,
  writeRepositoryConfig,
} from '../../../src/core/store/config-files.js';
import { readHead, writeHead } from '../../../src/core/store/head.js';
import {
  readAuthConfig,
  readUserConfig,
  writeAuthConfig,
  writeUserConfig,
} from '../../../src/core/store/user-config.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

let directory: string;
const text = (name: string) => readFileSync(join(directory, name), 'utf8');

beforeEach(() => {
  directory = temporaryDirectory();
});

describe('config.toml', () => {
  test('of a new repository names a node backend that real Oxen refuses', () => {
    writeRepositoryConfig(directory, newRepositoryConfig);
    expect(readRepositoryConfig(directory)).toEqual(newRepositoryConfig);
    expect(text('config.toml')).toBe(
      'remotes = []\nmin_version = "0.36.0"\nvnode_size = 10000\n' +
        'merkle_node_backend = "oxen-ts-lmdb"\n\n[storage]\nkind = "local"\n\n',
    );
  });

  test('keeps what it does not know when a remote is set', () => {
    const foreign = `vfs = true\n[[remotes]]\nname = "origin"\nurl = "http://a/b/c"\nrepo_uuid = "u"\n[identity]\nname = "n"\n`;
    writeFileSync(join(directory, 'config.toml'), foreign);
    const config = withRemote(readRepositoryConfig(directory), 'origin', 'http://x/y/z');
    writeRepositoryConfig(directory, withRemote(config, 'second', 'http://s/s/s'));
    expect(text('config.toml')).toContain('vfs = true');
    expect(text('config.toml')).toContain('repo_uuid = "u"');
    expect(text('config.toml')).toContain('[identity]\nname = "n"');
    const changed = readRepositoryConfig(directory);
    expect(changed.remotes).toEqual([
      { name: 'origin', url: 'http://x/y/z' },
      { name: 'second', url: 'http://s/s/s' },
    ]);
    expect(changed.remoteName).toBe('origin');
    expect(withoutRemote(changed, 'origin').remoteName).toBe('second');
  });

  test('that is missing or broken is reported', () => {
    expect(() => readRepositoryConfig(directory)).toThrow('does not exist');
    writeFileSync(join(directory, 'config.toml'), 'remotes = [');
    expect(() => readRepositoryConfig(directory)).toThrow('is not valid TOML');
  });
});

describe('engine.toml', () => {
  test('is optional, and keeps what it does not know', () => {
    expect(readEngineConfig(directory)).toEqual(defaultEngineConfig);
    writeFileSync(join(directory, 'engine.toml'), 'later = 1\n');
    writeEngineConfig(directory, { compression: 'add', isBare: true });
    expect(readEngineConfig(directory)).toEqual({ compression: 'add', isBare: true });
    expect(text('engine.toml')).toContain('later = 1');
  });

  test('refuses a compression that does not exist', () => {
    writeFileSync(join(directory, 'engine.toml'), 'compression = "zip"\n');
    expect(() => readEngineConfig(directory)).toThrow('compression must be none, gc or add');
  });
});

describe('HEAD', () => {
  test('names a branch, main when there is no file', () => {
    expect(readHead(directory)).toEqual({ kind: 'branch', branch: 'main' });
    writeHead(directory, { kind: 'branch', branch: 'feature/x' });
    expect(text('HEAD')).toBe('feature/x');
    expect(readHead(directory)).toEqual({ kind: 'branch', branch: 'feature/x' });
  });

  test('names a commit also when its id has few digits', () => {
    const head = { kind: 'detached', commitId: 'dead' as CommitId } as const;
    writeHead(directory, head);
    expect(readHead(directory)).toEqual(head);
  });

  test('that is damaged is reported', () => {
    writeFileSync(join(directory, 'HEAD'), '\0\0\0');
    expect(() => readHead(directory)).toThrow('is damaged');
  });
});

describe('user configuration', () => {
  test('is private to the user and keeps what it does not know', () => {
    const place = { homeDirectory: directory };
    expect(readUserConfig(place).name).toBeUndefined();
    const user = { name: 'Bessie', email: 'b@x', editor: undefined };
    writeUserConfig(place, user);
    expect(readUserConfig(place)).toEqual(user);
    const path = join(directory, '.config', 'oxen', 'user_config.toml');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('is taken from the directory that is given', () => {
    const place = { homeDirectory: '/nowhere', configDirectory: directory };
    const auth = { defaultHost: 'h', tokens: new Map([['localhost:3000', 'secret']]) };
    writeAuthConfig(place, auth);
    expect(readAuthConfig(place)).toEqual(auth);
    expect(text('auth_config.toml')).toContain('[[host_configs]]\nhost = "localhost:3000"');
  });

  test('without hosts lists none, as real Oxen needs it', () => {
    const place = { homeDirectory: '/nowhere', configDirectory: directory };
    writeAuthConfig(place, { defaultHost: undefined, tokens: new Map() });
    expect(text('auth_config.toml').trim()).toBe('host_configs = []');
  });

  test('falls back to the tokens of the earliest place', () => {
    mkdirSync(join(directory, '.oxen'));
    const old = 'host = "hub"\n[user]\nname = "n"\ntoken = "t"\n';
    writeFileSync(join(directory, '.oxen', 'auth_config.toml'), old);
    const auth = readAuthConfig({ homeDirectory: directory });
    expect(auth).toEqual({ defaultHost: 'hub', tokens: new Map([['hub', 't']]) });
  });
});
