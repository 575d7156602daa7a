import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Repository } from '../../../src/api/repository.js';
import { isClean } from '../../../src/core/model/status.js';
import { type ReadTarEntry, readTar } from '../../../src/core/wire/archive/read.js';
import { type TarEntry, tarFile, writeTar } from '../../../src/core/wire/archive/write.js';
import { InlineJobs } from '../../../src/workers/inline.js';
import {
  ada,
  commitAll,
  committed,
  read,
  repository,
  steppingClock,
  temporaryDirectory,
  write,
} from '../../helpers/repository.js';

async function archiveOf(made: Repository): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of made.archive().pieces) pieces.push(piece.slice());
  return Buffer.concat(pieces);
}

async function load(
  source: Buffer | string,
  options: { readonly withoutFiles?: boolean; readonly path?: string } = {},
) {
  const root = options.path ?? join(temporaryDirectory(), 'loaded');
  const stream = typeof source === 'string' ? source : [source];
  const { repository: loaded, result } = await Repository.load(stream, root, {
    jobs: new InlineJobs(),
    clock: steppingClock(),
    workingDirectory: root,
    withoutFiles: options.withoutFiles === true,
  });
  onTestFinished(() => loaded.close());
  return { loaded, result };
}

/** A repository with branches, a tag, a merge, a table, a large file, a stash and an empty directory. */
async function farm(): Promise<Repository> {
  const large = Buffer.alloc(5 << 20, 'a long text that is cut into chunks; ');
  const made = await committed({ 'a.txt': '1', 'd/b.csv': 'id,n\n1,2\n', large, 'e/': '' });
  await made.checkoutNewBranch('other');
  await commitAll(made, 'theirs', { 'd/c': '2' });
  await made.checkout('main');
  await commitAll(made, 'ours', { 'a.txt': '2' });
  await made.merge('other', ada);
  made.createTag('v1', 'HEAD~1');
  made.setRemote('origin', 'http://127.0.0.1:3000/ns/farm');
  write(made.root, { 'a.txt': 'stashed' });
  await made.stash();
  return made;
}

const refs = (made: Repository) => made.stores.refs.listAll();

describe('save and load', () => {
  test('bring branches, tags, stash, history and files to another place', async () => {
    const made = await farm();
    const { loaded, result } = await load(await archiveOf(made));
    expect(refs(loaded)).toEqual(refs(made));
    expect(loaded.stores.head()).toEqual(made.stores.head());
    expect([...loaded.log()]).toEqual([...made.log()]);
    expect(read(loaded.root)).toEqual(read(made.root));
    expect(isClean(await loaded.status())).toBe(true);
    expect(loaded.remotes()).toEqual(made.remotes());
    expect((await loaded.fsck()).problems).toEqual([]);
    expect(result).toMatchObject({ commitCount: 5, refCount: 4 });
    await loaded.applyStash({ drop: true });
    expect(read(loaded.root)['a.txt']).toBe('stashed');
    expect(await loaded.fingerprint()).toBe(await made.fingerprint());
  });

  test('features 3, row 13: HEAD is what it was, not always main, and may be detached', async () => {
    const made = await farm();
    await made.checkout('other');
    expect((await load(await archiveOf(made))).loaded.currentBranch()).toBe('other');
    await made.checkout('v1');
    const { loaded } = await load(await archiveOf(made));
    expect(loaded.stores.head()).toEqual(made.stores.head());
    expect(read(loaded.root)).toEqual(read(made.root));
  });

  test('go through a file, compressed when its name says so, that appears as a whole', async () => {
    const made = await farm();
    const directory = temporaryDirectory();
    const plain = join(directory, 'a.tar');
    const small = join(directory, 'a.tar.gz');
    const { archiveBytes, commitCount } = await made.save(plain);
    expect(archiveBytes).toBe(readFileSync(plain).length);
    expect(commitCount).toBe(5);
    await made.save(small);
    expect(readFileSync(small).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    expect(refs((await load(small)).loaded)).toEqual(refs(made));
    expect(readdirSync(directory).sort()).toEqual(['a.tar', 'a.tar.gz']);
  });

  test('without files the working tree is empty, and restore brings it', async () => {
    const made = await farm();
    const { loaded } = await load(await archiveOf(made), { withoutFiles: true });
    expect(read(loaded.root)).toEqual({});
    expect((await loaded.status()).removedFiles).toEqual(['a.txt', 'large']);
    await loaded.restore(['.']);
    expect(read(loaded.root)).toEqual(read(made.root));
    expect(isClean(await loaded.status())).toBe(true);
  });

  test('an archive can be listed, and is the same every time', async () => {
    const made = await farm();
    const archive = await archiveOf(made);
    expect((await archiveOf(made)).equals(archive)).toBe(true);
    const names: string[] = [];
    for await (const { parts } of readTar([archive])) names.push(parts.join('/'));
    expect(names[0]).toBe('oxen-archive/manifest.json');
    expect(
      names.some((name) => /^oxen-archive\/versions\/[0-9a-f]{2}\/[0-9a-f]{30}$/.test(name)),
    ).toBe(true);
  });

  test('nothing is saved before the first commit', async () => {
    const made = await repository({ a: '1' });
    expect(() => made.archive()).toThrow('no commit yet');
  });

  test('a directory that holds something is left alone', async () => {
    const archive = await archiveOf(await committed({ a: '1' }));
    const path = temporaryDirectory();
    writeFileSync(join(path, 'mine'), '');
    await expect(load(archive, { path })).rejects.toThrow('already exists');
    expect(readdirSync(path)).toEqual(['mine']);
  });
});

/** Changes the entries of an archive. */
async function changed(
  archive: Buffer,
  change: (name: string, content: Uint8Array) => TarEntry[],
): Promise<Buffer> {
  const entries: TarEntry[] = [];
  for await (const entry of readTar([archive])) {
    entries.push(...change(entry.parts.join('/'), await contentOf(entry)));
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of writeTar(entries)) pieces.push(piece.slice());
  return Buffer.concat(pieces);
}

function contentOf(entry: ReadTarEntry): Promise<Uint8Array> {
  return entry.readAll();
}

const isManifest = (name: string) => name.endsWith('manifest.json');
const isContent = (name: string) => name.includes('/versions/');

function withManifest(change: (fields: Record<string, unknown>) => object) {
  return (name: string, content: Uint8Array): TarEntry[] => {
    if (!isManifest(name)) return [tarFile(name, content)];
    const fields = JSON.parse(Buffer.from(content).toString()) as Record<string, unknown>;
    return [tarFile(name, Buffer.from(JSON.stringify(change(fields))))];
  };
}

describe('an archive made to do harm is refused:', () => {
  async function refused(archive: Buffer, message: RegExp): Promise<void> {
    const parent = temporaryDirectory();
    const path = join(parent, 'loaded');
    await expect(load(archive, { path })).rejects.toThrow(message);
    // Nothing but an unfinished repository, which other verbs refuse, is left behind.
    expect(readdirSync(parent).every((name) => name === 'loaded')).toBe(true);
    if (!existsSync(path)) return;
    expect(readdirSync(path)).toEqual(['.oxen']);
    await expect(Repository.open(path)).rejects.toThrow('interrupted');
  }

  /** As it is, then with something more. */
  const more =
    (name: string, content = '') =>
    (entry: string, bytes: Uint8Array) =>
      isManifest(entry)
        ? [tarFile(entry, bytes), tarFile(name, Buffer.from(content))]
        : [tarFile(entry, bytes)];

  test('paths that lead elsewhere, and files that do not belong there', async () => {
    const archive = await archiveOf(await committed({ a: '1' }));
    await refused(await changed(archive, more('oxen-archive/../evil')), /path traversal/);
    await refused(await changed(archive, more('/etc/evil')), /no plain path/);
    await refused(await changed(archive, more('evil')), /does not belong/);
    await refused(await changed(archive, more('oxen-archive/nodes/abc/../x/node')), /traversal/);
    await refused(await changed(archive, more('oxen-archive/.oxen/HEAD')), /does not belong/);
  });

  test('links', async () => {
    const archive = await changed(
      await archiveOf(await committed({ a: '1' })),
      more('oxen-archive/link'),
    );
    const at = archive.indexOf('oxen-archive/link');
    for (const flag of ['1', '2', '3']) {
      const copy = Buffer.from(archive);
      copy.write(flag, at + 156);
      const sum = (start: number, end: number) =>
        copy.subarray(at + start, at + end).reduce((total, byte) => total + byte, 0);
      copy.write((sum(0, 148) + 8 * 32 + sum(156, 512)).toString(8).padStart(6, '0'), at + 148);
      await refused(copy, /neither a file nor a directory/);
    }
  });

  test('contents that are not what their names say, and ones that are missing', async () => {
    const archive = await archiveOf(await committed({ a: '1', b: '2' }));
    const wrong = await changed(archive, (name, content) => [
      tarFile(name, isContent(name) ? Buffer.from('other') : content),
    ]);
    await refused(wrong, /hash/);
    const missing = await changed(archive, (name, content) =>
      isContent(name) ? [] : [tarFile(name, content)],
    );
    await refused(missing, /lacks the content/);
  });

  test('nodes that are not what their ids say, halves of them, and ones that are missing', async () => {
    const archive = await archiveOf(await committed({ a: '1', 'd/b': '2' }));
    const manifest = await changed(archive, (name, content) =>
      isManifest(name) || isContent(name) ? [tarFile(name, content)] : [],
    );
    await refused(manifest, /did not send commit|lacks/);
    const halves = await changed(archive, (name, content) =>
      name.endsWith('/children') ? [] : [tarFile(name, content)],
    );
    await refused(halves, /half of the node|does not belong/);
    const torn = await changed(archive, (name, content) => [
      tarFile(name, name.endsWith('/node') ? content.subarray(0, content.length - 3) : content),
    ]);
    await refused(torn, /./);
    // The bytes of a file's hash in a vnode are swapped: everything is well-formed, the id does not fit.
    const other = Buffer.from(archive);
    const swapped = await changed(other, (name, content) => {
      const bytes = Buffer.from(content);
      if (name.endsWith('/node') && bytes.length > 40) bytes.reverse();
      return [tarFile(name, bytes)];
    });
    await refused(swapped, /./);
  });

  test('one that is cut off anywhere, or goes on', async () => {
    const archive = await archiveOf(await committed({ a: 'content of a file', b: '2' }));
    for (let length = 0; length < archive.length - 1024; length += 700) {
      await refused(archive.subarray(0, length), /./);
    }
    const gzipped = gzipSync(archive);
    await refused(gzipped.subarray(0, gzipped.length - 20), /damaged|ends/);
    await refused(Buffer.from('no archive at all'), /./);
    await refused(gzipSync(Buffer.from('no archive at all')), /./);
  });

  test('names that are not allowed, and a form that is too new', async () => {
    const made = await committed({ a: '1' });
    const archive = await archiveOf(made);
    const commit = made.resolve('HEAD');
    const withRef = (name: string) =>
      withManifest((fields) => ({ ...fields, refs: [{ name, commit }] }));
    for (const name of ['heads/../x', 'heads/-x', 'x', 'stash/1', 'remotes/o', 'heads/HEAD']) {
      await refused(await changed(archive, withRef(name)), /cannot be|not the name/);
    }
    await refused(
      await changed(
        archive,
        withManifest((fields) => ({ ...fields, format: 2 })),
      ),
      /too new/,
    );
    await refused(
      await changed(
        archive,
        withManifest((fields) => ({ ...fields, head: { branch: '../x' } })),
      ),
      /cannot be/,
    );
    const unknown = { name: 'heads/b', commit: 'f'.repeat(32) };
    await refused(
      await changed(
        archive,
        withManifest((fields) => ({ ...fields, refs: [unknown] })),
      ),
      /commit/,
    );
  });
});

test('a load that is cut is refused by other verbs, and the same load goes on', async () => {
  const made = await farm();
  const archive = await archiveOf(made);
  const path = join(temporaryDirectory(), 'loaded');
  for (const part of [0.2, 0.6, 0.9]) {
    const cut = archive.subarray(0, Math.floor(archive.length * part));
    await expect(load(cut, { path })).rejects.toThrow();
    await expect(Repository.open(path)).rejects.toThrow('was interrupted');
  }
  const { loaded } = await load(archive, { path });
  expect(refs(loaded)).toEqual(refs(made));
  expect((await loaded.fsck()).problems).toEqual([]);
});
