/** `download` and `upload`: files from and to a repository on a server, without one on this machine. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RepositoryOptions } from '../../../src/api/options.js';
import {
  type DownloadFiles,
  download,
  type UploadFiles,
  upload,
} from '../../../src/api/transfer.js';
import { commitAll, read, temporaryDirectory, write } from '../../helpers/repository.js';
import { emptyRemote, files, optionsOf, pushed } from '../../helpers/shared-repository.js';

const identity = { name: 'Bessie', email: 'bessie@example.com' };

async function downloaded(url: string, request: DownloadFiles, directory = temporaryDirectory()) {
  const result = await download(url, request, optionsOf(directory));
  return { directory, result };
}

async function uploaded(
  url: string,
  request: Omit<UploadFiles, 'identity'>,
  directory: string,
  options: RepositoryOptions = {},
) {
  const temporaryDirectory = join(directory, 'tmp');
  const whole = { identity, temporaryDirectory, ...request };
  const result = await upload(url, whole, { ...optionsOf(directory), ...options });
  expect(readdirSync(temporaryDirectory)).toEqual([]);
  return result;
}

test('a file is downloaded by the requests of a stock client, under its own name', async () => {
  const { url, proxy } = await pushed();
  proxy.reset();
  const { directory, result } = await downloaded(url, { paths: ['images/deep/er/b.txt'] });
  expect(read(directory)).toEqual({ 'b.txt': 'another cat' });
  expect(result).toEqual({ fileCount: 1, sizeBytes: 11 });
  expect(proxy.lines()).toEqual([
    'GET R',
    'POST R/action/started/download',
    'GET R/meta/main/images/deep/er/b.txt',
    'GET R/file/main/images/deep/er/b.txt',
    'POST R/action/completed/download',
  ]);
});

test('a file is downloaded under another name, and replaces what is there', async () => {
  const { url } = await pushed();
  const directory = temporaryDirectory();
  write(directory, { 'copy.md': 'old' });
  await downloaded(url, { paths: ['readme.md'], output: 'copy.md' }, directory);
  expect(read(directory)).toEqual({ 'copy.md': '# cats\n' });
});

test('a directory is downloaded with its path, and what is empty in it', async () => {
  const { url } = await pushed();
  const { directory, result } = await downloaded(url, {
    paths: ['images/', 'hollow'],
    output: 'dl',
  });
  expect(read(directory)).toEqual({
    'dl/images/a.txt': files['images/a.txt'],
    'dl/images/deep/er/b.txt': files['images/deep/er/b.txt'],
  });
  expect(existsSync(join(directory, 'dl/hollow'))).toBe(true);
  expect(result.fileCount).toBe(2);
});

test('everything is downloaded, equal files once, a large one in ranges', async () => {
  const { origin, url, proxy } = await pushed();
  const large = Buffer.alloc(21_000_000, 'a herd of cats ');
  write(origin.root, { 'large.bin': large });
  await commitAll(origin, 'large', { 'images/again.txt': files['images/a.txt'] });
  await origin.push();
  proxy.reset();
  const { directory, result } = await downloaded(url, { paths: ['.'] });
  expect(result.fileCount).toBe(7);
  expect(readFileSync(join(directory, 'large.bin')).equals(large)).toBe(true);
  expect(readFileSync(join(directory, 'images/again.txt'), 'utf8')).toBe('a cat');
  expect(proxy.lines().filter((line) => line === 'GET R/chunk/main/large.bin')).toEqual([]);
  expect(proxy.lines().filter((line) => line.startsWith('GET R/chunk/'))).toHaveLength(3);
});

test('a revision may be a commit, and what does not exist is not found', async () => {
  const { origin, url } = await pushed();
  const revision = origin.branchCommit('main');
  await commitAll(origin, 'second', { 'readme.md': 'two' });
  await origin.push();
  const old = await downloaded(url, { paths: ['readme.md'], revision });
  expect(read(old.directory)).toEqual({ 'readme.md': '# cats\n' });
  for (const request of [{ paths: ['nope'] }, { paths: ['readme.md'], revision: 'nope' }]) {
    await expect(downloaded(url, request)).rejects.toMatchObject({ kind: 'not-found' });
  }
});

test('files that would have one name are refused before anything is written', async () => {
  const { origin, url } = await pushed();
  await commitAll(origin, 'second', { 'labels/a.txt': 'label' });
  await origin.push();
  const directory = temporaryDirectory();
  const paths = ['images/a.txt', 'labels/a.txt'];
  await expect(downloaded(url, { paths }, directory)).rejects.toMatchObject({ kind: 'usage' });
  expect(readdirSync(directory)).toEqual([]);
});

test('a download that fails leaves no part of a file', async () => {
  const { url, proxy } = await pushed();
  proxy.mostAnswerBytes = 4;
  proxy.breaks = () => false;
  const directory = temporaryDirectory();
  await expect(downloaded(url, { paths: ['readme.md'] }, directory)).rejects.toThrow();
  expect(readdirSync(directory)).toEqual([]);
});

test('a link in the place of a directory is not written through', async () => {
  const { url } = await pushed();
  const directory = temporaryDirectory();
  const elsewhere = temporaryDirectory();
  symlinkSync(elsewhere, join(directory, 'images'));
  await expect(downloaded(url, { paths: ['images'] }, directory)).rejects.toThrow('images');
  expect(readdirSync(elsewhere)).toEqual([]);
});

test('files are uploaded into a directory as one commit that keeps everything else', async () => {
  const { origin, url, proxy } = await pushed();
  const here = temporaryDirectory();
  write(here, { 'new.txt': 'new', 'batch/x.txt': 'x', 'batch/deep/y.txt': 'y' });
  proxy.reset();
  const request = { files: ['new.txt', 'batch'], destination: 'images', message: 'more' };
  const { commitId, fileCount } = await uploaded(url, request, here);
  expect(fileCount).toBe(3);
  expect(proxy.lines().filter((line) => line.startsWith('QUERY'))).toEqual([]);
  await origin.pull();
  expect(origin.branchCommit('main')).toBe(commitId);
  const { 'hollow/': _, ...before } = files;
  expect(read(origin.root)).toEqual({
    ...before,
    'images/new.txt': 'new',
    'images/batch/x.txt': 'x',
    'images/batch/deep/y.txt': 'y',
  });
  expect(existsSync(join(origin.root, 'hollow'))).toBe(true);
  expect((await origin.fsck()).problems).toEqual([]);
});

test('an upload replaces a file of the same name, and refuses what is there already', async () => {
  const { origin, url } = await pushed();
  const here = temporaryDirectory();
  write(here, { 'readme.md': 'changed' });
  const request = { files: ['readme.md'], message: 'change' };
  await uploaded(url, request, here);
  await expect(uploaded(url, request, here)).rejects.toThrow('No changes to commit');
  await origin.pull();
  expect(read(origin.root)['readme.md']).toBe('changed');
});

test('an upload makes a branch, also the first one', async () => {
  const { origin, url } = await pushed();
  const here = temporaryDirectory();
  write(here, { 'a.txt': 'a' });
  const request = { files: ['a.txt'], message: 'a', branch: 'incoming' };
  const { commitId } = await uploaded(url, request, here);
  expect(await origin.branchesOf()).toContainEqual({ name: 'incoming', commitId });
  const empty = await emptyRemote();
  await uploaded(empty.url, { files: ['a.txt'], message: 'first' }, here);
  const { directory } = await downloaded(empty.url, { paths: ['.'] });
  expect(read(directory)).toEqual({ 'a.txt': 'a' });
});

test('an upload of nothing, or into a place that cannot be, makes no commit', async () => {
  const { origin, url } = await pushed();
  const here = temporaryDirectory();
  mkdirSync(join(here, 'empty'));
  write(here, { 'a.txt': 'a' });
  for (const request of [
    { files: [], message: 'm' },
    { files: ['nope'], message: 'm' },
    { files: ['empty'], message: 'm' },
    { files: ['a.txt'], message: 'm', destination: '../up' },
    { files: ['a.txt'], message: 'm', destination: '.oxen' },
  ]) {
    const whole = { identity, temporaryDirectory: join(here, 'tmp'), ...request };
    await expect(upload(url, whole, optionsOf(here))).rejects.toThrow();
  }
  expect(readdirSync(join(here, 'tmp'))).toEqual([]);
  expect(await origin.branchesOf()).toHaveLength(1);
});
