import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { DirectoryListing } from '../../../src/core/model/jobs.js';
import { scanDirectories } from '../../../src/core/worktree/scan.js';
import { withoutPrivileges, workingTree } from './working-tree.js';

function scan(root: string, directory = ''): DirectoryListing {
  const [listing] = scanDirectories({ root, directories: [directory] });
  if (listing === undefined) throw new Error('no listing');
  return listing;
}

test('lists names in byte order with their kinds', () => {
  const root = workingTree({
    b: '1',
    a: null,
    'a.txt': '1',
    Z: '1',
    'z\u{1f402}': '1',
    'z\uff5e': '1',
    link: { link: 'b' },
  });
  const listing = scan(root);
  expect(listing.names.split('\0')).toEqual([
    'Z',
    'a',
    'a.txt',
    'b',
    'link',
    'z\uff5e',
    'z\u{1f402}',
  ]);
  expect(listing.kinds).toBe('fdfflff');
  expect(listing.hasIgnoreFile).toBe(false);
});

test('lists an empty directory as no names', () => {
  expect(scan(workingTree({ d: null }), 'd')).toMatchObject({ names: '', kinds: '', badNames: [] });
});

test('lists several directories in the order asked for', () => {
  const root = workingTree({ 'a/1': '', 'b/c/2': '' });
  const listings = scanDirectories({ root, directories: ['b/c', 'a', ''] });
  expect(listings.map((listing) => [listing.directory, listing.names])).toEqual([
    ['b/c', '2'],
    ['a', '1'],
    ['', 'a\0b'],
  ]);
});

test('leaves out files that a checkout is writing', () => {
  const root = workingTree({ 'a/.oxen-tmp-12-0-3': '', 'a/.oxen-tmp-mine': '', 'a/b': '' });
  expect(scan(root, 'a')).toMatchObject({ names: '.oxen-tmp-mine\0b', badNames: [] });
});

test('leaves out .oxen at every level and reports its variants', () => {
  const root = workingTree({ '.oxen/x': '', 'a/.oxen/x': '', 'a/.OXEN': '', 'a/oxen': '' });
  expect(scan(root).names).toBe('a');
  expect(scan(root, 'a').names).toBe('oxen');
  expect(scan(root, 'a').badNames).toEqual([
    { name: '.OXEN', code: 'name', message: "its name is reserved for oxen's own data" },
  ]);
});

test('says when there is an ignore file, and takes only a file for one', () => {
  expect(scan(workingTree({ '.oxenignore': '*.tmp' })).hasIgnoreFile).toBe(true);
  expect(scan(workingTree({ '.oxenignore/x': '' })).hasIgnoreFile).toBe(false);
  expect(scan(workingTree({ '.oxenignore': { link: '/etc/passwd' } })).hasIgnoreFile).toBe(false);
});

test('keeps odd names: newline, quotes, leading dash, 255 bytes, U+FFFD', () => {
  const names = [
    '-rf',
    '"',
    "'",
    'a\nb',
    ' ',
    '\u001b[31m',
    'x\ufffd',
    'é'.repeat(127),
    'n'.repeat(255),
  ];
  const root = workingTree(Object.fromEntries(names.map((name) => [name, ''])));
  expect(new Set(scan(root).names.split('\0'))).toEqual(new Set(names));
});

test('reports names that are not UTF-8 or contain a backslash, and keeps the rest', () => {
  const root = workingTree({ good: '', 'back\\slash': '', 'caf\ufffd': '' });
  writeFileSync(Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9])]), '');
  mkdirSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]));
  expect(readdirSync(root)).toHaveLength(5);
  const listing = scan(root);
  expect(listing.names).toBe('caf\ufffd\0good');
  expect(listing.kinds).toBe('ff');
  expect(listing.badNames.map(({ name, message }) => `${name}: ${message}`).sort()).toEqual([
    '"\\377": its name is not valid UTF-8',
    '"back\\\\slash": its name contains a backslash',
    '"caf\\351": its name is not valid UTF-8',
  ]);
});

test('names links, FIFOs and sockets without opening or following them', async () => {
  const root = workingTree({
    gone: { link: 'nowhere' },
    loop: { link: 'loop' },
    up: { link: '..' },
  });
  execFileSync('mkfifo', [join(root, 'fifo')]);
  const server = createServer().listen(join(root, 'socket'));
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  expect(scan(root)).toMatchObject({ names: 'fifo\0gone\0loop\0socket\0up', kinds: 'ollol' });
});

test('does not list through a symbolic link', () => {
  const outside = workingTree({ 'deep/secret': '' });
  const root = workingTree({ link: { link: outside } });
  expect(scan(root, 'link').error).toMatchObject({ code: 'type' });
  expect(scan(root, 'link/deep').error).toEqual({
    name: '',
    code: 'type',
    message: "'link' is not a directory",
  });
});

test('reports a missing directory and a file in the place of one', () => {
  const root = workingTree({ f: '' });
  expect(scan(root, 'a/b').error?.code).toBe('vanished');
  expect(scan(root, 'f/b').error?.code).toBe('type');
});

test('reports a directory that cannot be read', () => {
  const root = workingTree({ 'd/x': '' });
  chmodSync(join(root, 'd'), 0);
  onTestFinished(() => chmodSync(join(root, 'd'), 0o700));
  withoutPrivileges(root, () => {
    const error = { name: '', code: 'EACCES', message: 'permission denied' };
    expect(scan(root, 'd').error).toEqual(error);
    expect(scan(root, 'd/below').error).toEqual(error);
  });
});
