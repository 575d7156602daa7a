/**
 * Bad input and bad disks, by the built program: each gets a clear line, the right exit code, and changes nothing. What the
 * program says is compared whole: a user reads it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { acquireLock } from '../../src/core/store/locks.js';
import { type OxenRun, oxenLauncher, runOxen } from '../helpers/run-oxen.js';
import { mountSmall, unmountSmall } from '../helpers/small-file-system.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const home = temporaryDirectory();
const isRoot = process.getuid?.() === 0;

function oxen(cwd: string, ...words: string[]): Promise<OxenRun> {
  return runOxen(words, { cwd, environment: { HOME: home } });
}

/** Runs as a user who may not do everything; root runs as nobody. */
function asUser(cwd: string, ...words: string[]) {
  const user = isRoot ? { uid: 65534, gid: 65534 } : {};
  const env = { PATH: process.env['PATH'] ?? '', HOME: home };
  const run = spawnSync(process.execPath, [oxenLauncher, ...words], { cwd, env, ...user });
  return { exitCode: run.status, stdout: String(run.stdout), stderr: String(run.stderr) };
}

/** Returns a repository with one commit of `a` and `d/b`, open to every user. */
async function repository(): Promise<string> {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'd'));
  writeFileSync(join(directory, 'a'), '1');
  writeFileSync(join(directory, 'd/b'), '2');
  for (const words of [['init'], ['add', '.'], ['commit', '-m', 'first']]) {
    expect((await oxen(directory, ...words)).exitCode, words.join(' ')).toBe(0);
  }
  execFileSync('chmod', ['-R', 'a+rwX', directory]);
  return directory;
}

/** What lies in a directory, `.oxen` included but for locks and cached stat values: paths with contents of files. */
function picture(directory: string, hasDatabase = true): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.includes('.oxen/locks') || entry.name === 'lock.mdb')
      continue;
    if (!hasDatabase && entry.parentPath.endsWith('.oxen/db')) continue;
    const path = join(entry.parentPath, entry.name);
    found[path.slice(directory.length)] = readFileSync(path, 'base64');
  }
  return found;
}

beforeAll(async () => {
  expect((await oxen(home, 'config', '--name', 'B', '--email', 'b@x')).exitCode).toBe(0);
  execFileSync('chmod', ['-R', 'a+rX', home]);
});

describe('damage', () => {
  const cases: [string, (control: string) => void, string[], number, string, string][] = [
    [
      'of HEAD',
      (control) => writeFileSync(join(control, 'HEAD'), 'zz\u0001'),
      ['status'],
      7,
      'HEAD is damaged: "zz\\u0001" contains a control character.',
      'Your files are as they were. Go on with: oxen checkout BRANCH',
    ],
    [
      'of the header of the database',
      (control) =>
        writeFileSync(join(control, 'db/data.mdb'), Buffer.alloc(64 << 10), { flag: 'r+' }),
      ['add', '.'],
      7,
      'data.mdb is damaged: its header is not that of a database.',
      'oxen fsck --rebuild-index',
    ],
    [
      'that cut the database off',
      (control) => truncateSync(join(control, 'db/data.mdb'), 5000),
      ['commit', '-m', 'x'],
      7,
      'is damaged: it is cut off before page',
      'oxen fsck --rebuild-index',
    ],
    [
      'that emptied the database',
      (control) => truncateSync(join(control, 'db/data.mdb'), 0),
      ['status'],
      3,
      'was never completed.',
      'oxen fsck --rebuild-index',
    ],
    [
      'that took the database',
      (control) => rmSync(join(control, 'db'), { recursive: true }),
      ['log'],
      3,
      '.oxen is not a complete repository.',
      'oxen fsck --rebuild-index',
    ],
    [
      'of the settings of the engine',
      (control) => writeFileSync(join(control, 'engine.toml'), 'compression = "zz"\n'),
      ['add', '.'],
      2,
      'engine.toml: compression must be none, gc or add.',
      '',
    ],
    [
      'of the form of the configuration',
      (control) => writeFileSync(join(control, 'config.toml'), '[[['),
      ['remote', '-v'],
      1,
      'config.toml is not valid TOML:',
      '',
    ],
    [
      'of a value of the configuration',
      (control) => writeFileSync(join(control, 'config.toml'), 'remotes = 5\n'),
      ['remote', '-v'],
      2,
      'config.toml: remotes must be a list of tables: [[remotes]].',
      '',
    ],
    [
      'of a lost pack',
      (control) => rmSync(join(control, 'versions/packs'), { recursive: true }),
      ['restore', '.'],
      7,
      'Cannot write a: The pack ',
      'See what is damaged: oxen fsck',
    ],
  ];

  test.each(
    cases,
  )('%s is told, and nothing is changed', async (_, damage, words, code, message, hint) => {
    const directory = await repository();
    damage(join(directory, '.oxen'));
    rmSync(join(directory, 'a'));
    const hasDatabase = words[0] !== 'restore';
    const before = picture(directory, hasDatabase);
    const { exitCode, stderr } = await oxen(directory, ...words);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^Error: [^\n]*[^.]\.?$/m);
    expect(stderr).not.toMatch(/\.\.\n|^ {4}at /m);
    if (hint !== '') expect(stderr).toContain(`  hint: ${hint}\n`);
    expect(exitCode).toBe(code);
    expect(picture(directory, hasDatabase)).toEqual(before);
  });

  test('of HEAD is overcome by a checkout, of the database by a rebuild that says what it cannot bring back', async () => {
    const directory = await repository();
    writeFileSync(join(directory, '.oxen/HEAD'), '\u0001');
    expect((await oxen(directory, 'checkout', 'main')).exitCode).toBe(0);
    expect((await oxen(directory, 'status')).stdout).toContain('On branch main');
    rmSync(join(directory, '.oxen/db'), { recursive: true });
    const { exitCode, stderr } = await oxen(directory, 'fsck', '--rebuild-index');
    expect(stderr).toContain('Branches, tags and commits are not in packs');
    expect(exitCode).toBe(0);
    expect((await oxen(directory, 'add', '.')).exitCode).toBe(0);
  });
});

test('a repository of the original client is recognised, refused with advice, and left alone', async () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, '.oxen/versions/files'), { recursive: true });
  writeFileSync(join(directory, '.oxen/config.toml'), 'merkle_node_backend = "lmdb"\n');
  const before = picture(directory);
  for (const words of [['status'], ['add', '.'], ['init'], ['fsck'], ['log'], ['gc']]) {
    const { exitCode, stderr } = await oxen(directory, ...words);
    expect(stderr).toMatch(/\.oxen belongs to the original Oxen client\.\n {2}hint: .*oxen serve/);
    expect(exitCode).toBe(1);
  }
  expect(picture(directory)).toEqual(before);
});

test('what cannot be read is named, the rest is added, and the exit code says so', async () => {
  const directory = await repository();
  mkdirSync(join(directory, 'locked'), { mode: 0 });
  writeFileSync(join(directory, 'secret'), 's', { mode: 0 });
  writeFileSync(join(directory, 'new'), 'n');
  onTestFinished(() => void execFileSync('chmod', ['-R', 'u+rwX', directory]));
  const { exitCode, stdout, stderr } = asUser(directory, 'add', '.');
  expect(stderr).toBe(
    'Not added: locked: permission denied\nNot added: secret: permission denied\n',
  );
  expect(stdout).toMatch(/added 1 files \(1 B\)/);
  expect(exitCode).toBe(1);
});

test('links, circles, FIFOs, sockets and devices are skipped with a note, and nothing waits for them', async () => {
  const directory = await repository();
  symlinkSync('a', join(directory, 'link'));
  symlinkSync('nowhere', join(directory, 'dangling'));
  symlinkSync('two', join(directory, 'one'));
  symlinkSync('one', join(directory, 'two'));
  symlinkSync('.', join(directory, 'self'));
  execFileSync('mkfifo', [join(directory, 'fifo')]);
  const server = createServer().listen(join(directory, 'socket'));
  onTestFinished(() => void server.close());
  const hasDevice = spawnSync('mknod', [join(directory, 'zero'), 'c', '1', '5']).status === 0;
  const { exitCode, stdout, stderr } = await oxen(directory, 'add', '.');
  const links = ['dangling', 'link', 'one', 'self', 'two'].map(
    (name) => `${name}: skipped: it is a symbolic link`,
  );
  const others = ['fifo', 'socket', ...(hasDevice ? ['zero'] : [])].map(
    (name) => `${name}: skipped: it is neither a file nor a directory`,
  );
  expect(stderr.trimEnd().split('\n').sort()).toEqual([...links, ...others].sort());
  expect(stdout).toMatch(/added 0 files/);
  expect(exitCode).toBe(0);
  const named = await oxen(directory, 'add', 'fifo', 'one');
  expect([named.exitCode, named.stderr.split('\n').length]).toEqual([0, 3]);
});

test('odd names are shown so that they cannot forge a line, and can be named', async () => {
  const directory = await repository();
  const names = ['new\nline', '-dash', `q"'`, 'x'.repeat(255), '\u001b[31mred'];
  for (const name of names) writeFileSync(join(directory, name), name);
  writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.of(0xff, 0xfe)]), 'x');
  const { exitCode, stderr } = await oxen(directory, 'add', '.');
  expect(stderr).toBe('Not added: "\\377\\376": its name is not valid UTF-8\n');
  expect(exitCode).toBe(1);
  const { stdout } = await oxen(directory, 'status');
  expect(stdout).toContain('  new file: "new\\nline"\n');
  expect(stdout).not.toContain('\u001b');
  expect((await oxen(directory, 'restore', '--staged', '--', '-dash', 'new\nline')).exitCode).toBe(
    0,
  );
  expect((await oxen(directory, 'add', '--', '-dash')).exitCode).toBe(0);
});

describe('a repository that may not be written', () => {
  test('is read by every verb that only reads, and the others say why they cannot', async () => {
    const directory = await repository();
    writeFileSync(join(directory, 'a'), 'changed');
    execFileSync('chmod', ['-R', 'a-w', join(directory, '.oxen')]);
    onTestFinished(() => void execFileSync('chmod', ['-R', 'u+w', directory]));
    const before = picture(directory);
    const reading = [
      ['status'],
      ['diff'],
      ['log'],
      ['ls'],
      ['branch'],
      ['tag'],
      ['fsck'],
      ['tree'],
    ];
    for (const words of reading) {
      const { exitCode, stderr } = asUser(directory, ...words);
      expect([words, exitCode, stderr]).toEqual([words, 0, '']);
    }
    expect(asUser(directory, 'status').stdout).toContain('modified: a');
    const writing = [
      ['add', '.'],
      ['commit', '-m', 'x'],
      ['checkout', '-b', 'x'],
      ['branch', 'x'],
      ['gc'],
    ];
    for (const words of [...writing, ['restore', '.'], ['tag', 'x']]) {
      const { exitCode, stderr } = asUser(directory, ...words);
      expect([words, exitCode]).toEqual([words, 1]);
      expect(stderr).toMatch(/^Error: .*(permission denied|without write access|read).*\n/);
      expect(stderr).not.toMatch(/^ {4}at /m);
    }
    expect(picture(directory)).toEqual(before);
  });
});

/** Returns an empty file system of 3 MiB, undefined where none can be mounted. */
function smallDisk(): string | undefined {
  const mount = temporaryDirectory();
  if (!mountSmall(mount, 3)) return undefined;
  onTestFinished(() => unmountSmall(mount));
  return mount;
}

describe('a full disk', () => {
  test('stops a restore at whichever page it runs out', async (context) => {
    const mount = smallDisk();
    if (mount === undefined) return context.skip('a file system cannot be mounted here');
    cpSync(await repository(), mount, { recursive: true });
    writeFileSync(join(mount, 'fill'), '');
    for (let pages = 0; pages < 4; pages++) {
      rmSync(join(mount, 'a'), { force: true });
      rmSync(join(mount, 'd'), { recursive: true, force: true });
      spawnSync('dd', ['if=/dev/zero', `of=${join(mount, 'fill')}`, 'bs=4096', 'count=1000']);
      const { size } = statSync(join(mount, 'fill'));
      truncateSync(join(mount, 'fill'), size - pages * 4096);
      const { exitCode, stderr } = await oxen(mount, 'restore', 'a', 'd');
      expect([pages, exitCode, stderr]).toEqual([
        pages,
        1,
        expect.stringMatching(/^Error: Cannot \w+ .*: no space left on the device/),
      ]);
    }
    rmSync(join(mount, 'fill'));
    expect((await oxen(mount, 'restore', 'a', 'd')).exitCode).toBe(0);
    expect(readdirSync(mount).sort()).toEqual(['.oxen', 'a', 'd']);
    expect(readdirSync(join(mount, 'd'))).toEqual(['b']);
  });

  test('never ends in success, says so in one line, and all works once there is room', async (context) => {
    const mount = smallDisk();
    if (mount === undefined) return context.skip('a file system cannot be mounted here');
    cpSync(await repository(), mount, { recursive: true });
    writeFileSync(join(mount, 'big'), randomBytes(1_800_000));
    const full = await oxen(mount, 'add', '.');
    expect(full.stderr).toMatch(/no space left on the device/);
    expect(full.stderr).not.toMatch(/^ {4}at /m);
    expect(full.exitCode).toBe(1);
    rmSync(join(mount, 'big'));
    expect((await oxen(mount, 'fsck')).exitCode).toBe(0);
    writeFileSync(join(mount, 'a'), 'small');
    expect((await oxen(mount, 'add', 'a')).exitCode).toBe(0);
    expect((await oxen(mount, 'commit', '-m', 'second')).exitCode).toBe(0);
  });
});

test('a second command waits for the first', async () => {
  const directory = await repository();
  const held = await acquireLock(join(directory, '.oxen'), 'worktree');
  const waiting = oxen(directory, 'add', '.');
  held.release();
  expect((await waiting).exitCode).toBe(0);
});

test('what a killed checkout left half written is not data, and the next one that writes there clears it', async () => {
  const directory = await repository();
  const left = ['.oxen-tmp-9-0-1', 'd/.oxen-tmp-9-1-2', '.oxen-tmp-9-0-3/x'];
  mkdirSync(join(directory, '.oxen-tmp-9-0-3'));
  for (const path of left) writeFileSync(join(directory, path), 'half');
  mkdirSync(join(directory, '.oxen/tmp'), { recursive: true });
  writeFileSync(join(directory, '.oxen/tmp/writing'), '\0d');
  const status = await oxen(directory, 'status');
  expect(status.stdout).toContain('nothing to commit, working tree clean');
  expect((await oxen(directory, 'add', '**/*', '.')).stdout).toContain('added 0 files');
  expect(await oxen(directory, 'add', left[0] ?? '')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('is reserved for files that oxen is writing'),
  });
  rmSync(join(directory, 'a'));
  expect((await oxen(directory, 'restore', 'a')).exitCode).toBe(0);
  expect(readdirSync(directory).sort()).toEqual(['.oxen', 'a', 'd']);
  expect(readdirSync(join(directory, 'd'))).toEqual(['b']);
});
