/** The store seen from several processes: killed ones, simultaneous ones, ones without write access or space. */
import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hashBytes } from '../../src/core/format/hashing.js';
import { ContentSink } from '../../src/core/store/content-sink.js';
import { StoreEnvironment } from '../../src/core/store/environment.js';
import { PackAllocator } from '../../src/core/store/pack-allocator.js';
import { packDirectoryOf } from '../../src/core/store/pack-files.js';
import { PackReader } from '../../src/core/store/pack-reader.js';
import { PackVersionStore } from '../../src/core/store/version-store.js';
import { buildModule, runModule, startModule } from '../helpers/child.js';
import { mountSmall, unmountSmall } from '../helpers/small-file-system.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const killRounds = Number(process.env['OXEN_KILL_ROUNDS'] ?? 12);

/** Commits contents one after the other for ever, and prints the number of each when its commit has returned. */
const writer = `
  import { ContentSink } from './src/core/store/content-sink.ts';
  import { StoreEnvironment } from './src/core/store/environment.ts';
  import { PackAllocator } from './src/core/store/pack-allocator.ts';
  import { packDirectoryOf } from './src/core/store/pack-files.ts';
  import { PackReader } from './src/core/store/pack-reader.ts';
  import { PackVersionStore } from './src/core/store/version-store.ts';
  const [, , control, first, last] = process.argv;
  const environment = await StoreEnvironment.open(control, { create: true });
  const directory = packDirectoryOf(control);
  const versions = new PackVersionStore(environment, new PackReader(directory));
  for (let number = Number(first); number < Number(last); number++) {
    const allocator = await PackAllocator.open(environment, directory);
    const sink = new ContentSink(versions, allocator);
    for (let part = 0; part < 5; part++) sink.add(Buffer.alloc(20_000, 'content ' + number + '.' + part + ' '));
    await sink.commit(() => undefined);
    allocator.close();
    console.log(String(number));
  }`;

const contentOf = (number: number, part: number) =>
  Buffer.alloc(20_000, `content ${number}.${part} `);

async function expectStored(control: string, numbers: readonly number[]): Promise<void> {
  const environment = await StoreEnvironment.open(control, { readOnly: true });
  const reader = new PackReader(packDirectoryOf(control));
  const versions = new PackVersionStore(environment, reader);
  for (const number of numbers) {
    for (let part = 0; part < 5; part++) {
      const content = contentOf(number, part);
      expect(Buffer.from(versions.readSmall(hashBytes(content))).equals(content)).toBe(true);
    }
  }
  reader.close();
  await environment.close();
}

/** Kills the child once it has printed `count` lines; resolves with all numbers that it printed. */
function killAfter(child: ChildProcess, count: number): Promise<number[]> {
  let text = '';
  let problem = '';
  return new Promise((done, fail) => {
    child.stderr?.on('data', (piece: Buffer) => {
      problem += piece.toString();
    });
    child.stdout?.on('data', (piece: Buffer) => {
      text += piece.toString();
      if (text.split('\n').length > count) child.kill('SIGKILL');
    });
    child.once('close', () => {
      const lines = text.split('\n').slice(0, -1);
      if (problem !== '') fail(new Error(problem));
      else done(lines.map(Number));
    });
  });
}

describe('killed writers', () => {
  test('lose nothing that they acknowledged, and leave nothing in the way of the next', async () => {
    const control = temporaryDirectory();
    const acknowledged: number[] = [];
    for (let round = 0; round < killRounds; round++) {
      const first = round * 1000;
      const child = startModule(writer, [control, String(first), String(first + 1000)]);
      acknowledged.push(...(await killAfter(child, 1 + (round % 5))));
      await expectStored(control, acknowledged);
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(killRounds);
  });
});

describe('simultaneous writers', () => {
  test('all succeed and lose nothing', async () => {
    const control = temporaryDirectory();
    (await StoreEnvironment.open(control, { create: true })).close();
    const ranges = [0, 100, 200].map((first) => [String(first), String(first + 15)]);
    const outputs = await Promise.all(
      ranges.map((range) => runModule(writer, [control, ...range])),
    );
    const numbers = outputs.flatMap((output) => output.trim().split('\n').map(Number));
    expect(numbers).toHaveLength(45);
    await expectStored(control, numbers);
  });
});

const reading = `
  import { StoreEnvironment } from './src/core/store/environment.ts';
  const [, , control] = process.argv;
  const environment = await StoreEnvironment.open(control, { readOnly: true });
  console.log(environment.database('versions').count());
  await StoreEnvironment.open(control).catch((error) => console.log(error.kind + ': ' + error.message));
  console.log(environment.database('versions').count());`;

/** Makes everything below a directory unwritable for others than root. */
function removeWriteAccess(path: string): void {
  execFileSync('chmod', ['-R', 'a-w,a+rX', path]);
}

describe('a repository without write access', () => {
  test('can be read, and says why it cannot be written', async () => {
    const control = join(temporaryDirectory(), '.oxen');
    mkdirSync(control);
    await runModule(writer, [control, '0', '2']);
    chmodSync(join(control, '..'), 0o755);
    removeWriteAccess(control);
    // Root may write anywhere: then a process of nobody tries it.
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const { file, remove } = buildModule(reading);
    const result = spawnSync(process.execPath, [file, control], { ...user, encoding: 'utf8' });
    remove();
    execFileSync('chmod', ['-R', 'u+w', control]);
    expect(result.stderr).toBe('');
    const lines = result.stdout.trim().split('\n');
    expect(lines).toEqual(['10', expect.stringMatching(/^failure: .*permission denied/), '10']);
  });
});

describe('a full disk', () => {
  test('fails the commit with a plain message, keeps the rest, and recovers with space', async (context) => {
    const mount = temporaryDirectory();
    if (!mountSmall(mount, 2)) return context.skip('a file system cannot be mounted here');
    try {
      const control = join(mount, '.oxen');
      mkdirSync(control);
      const environment = await StoreEnvironment.open(control, { create: true });
      const reader = new PackReader(packDirectoryOf(control));
      const versions = new PackVersionStore(environment, reader);
      const commit = async (size: number, mark: number) => {
        using allocator = await PackAllocator.open(environment, packDirectoryOf(control));
        using sink = new ContentSink(versions, allocator);
        const { hash } = sink.add(Buffer.alloc(size, mark));
        await sink.commit(() => undefined);
        return hash;
      };
      const kept = await commit(1000, 1);
      await expect(commit(3_000_000, 2)).rejects.toThrow('no space left on the device');
      const next = await commit(50_000, 3);
      const put = (size: number) =>
        environment.transaction(() => {
          environment.database('meta').put(Buffer.from('filler'), Buffer.alloc(size));
        });
      expect(() => put(4_000_000)).toThrow('no space left on the device');
      put(100);
      expect(versions.readSmall(kept)).toHaveLength(1000);
      expect(versions.readSmall(next)).toHaveLength(50_000);
      reader.close();
      await environment.close();
    } finally {
      unmountSmall(mount);
    }
  });
});

const traced = `
  import { writeSync } from 'node:fs';
  import { ContentSink } from './src/core/store/content-sink.ts';
  import { StoreEnvironment } from './src/core/store/environment.ts';
  import { writeHead } from './src/core/store/head.ts';
  import { PackAllocator } from './src/core/store/pack-allocator.ts';
  import { packDirectoryOf } from './src/core/store/pack-files.ts';
  import { PackReader } from './src/core/store/pack-reader.ts';
  import { PackVersionStore } from './src/core/store/version-store.ts';
  const [, , control] = process.argv;
  const environment = await StoreEnvironment.open(control, { create: true });
  const directory = packDirectoryOf(control);
  const allocator = await PackAllocator.open(environment, directory);
  const sink = new ContentSink(new PackVersionStore(environment, new PackReader(directory)), allocator);
  sink.add(Buffer.alloc(5000, 1));
  writeSync(1, 'BEGIN');
  await sink.commit(() => undefined);
  writeSync(1, 'COMMITTED');
  writeHead(control, { kind: 'branch', branch: 'next' });
  writeSync(1, 'END');`;

describe('the order of system calls', () => {
  const hasStrace = spawnSync('strace', ['-V']).status === 0;

  test.skipIf(!hasStrace)('flushes packs before it names them, and names before it returns', () => {
    const control = temporaryDirectory();
    const log = join(control, 'trace.txt');
    const { file, remove } = buildModule(traced);
    const calls = 'trace=write,pwrite64,fsync,fdatasync,rename,openat';
    const strace = ['-f', '-y', '-o', log, '-e', calls, process.execPath, file, control];
    const result = spawnSync('strace', strace, { encoding: 'utf8' });
    remove();
    expect(result.status, result.stderr).toBe(0);
    const order = traceOf(log, control);
    expect(order.slice(order.indexOf('BEGIN'))).toEqual([
      'BEGIN',
      'write pack',
      'flush pack',
      'flush packs',
      'write data',
      'flush data',
      'write meta',
      'COMMITTED',
      'write HEAD.tmp',
      'flush HEAD.tmp',
      'rename HEAD',
      'flush directory',
      'END',
    ]);
  });
});

/** Returns what the trace says about the files of the repository, repeated lines as one. */
function traceOf(log: string, control: string): string[] {
  const text = readFileSync(log, 'utf8');
  const found: string[] = [];
  for (const line of text.split('\n')) {
    const step = stepOf(line, control);
    if (step !== undefined && step !== found[found.length - 1]) found.push(step);
  }
  return found;
}

function stepOf(line: string, control: string): string | undefined {
  const mark = /write\(1.*"(BEGIN|COMMITTED|END)"/.exec(line)?.[1];
  if (mark !== undefined) return mark;
  if (!line.includes(control) || line.includes('unfinished')) return undefined;
  if (/rename\(/.test(line)) return 'rename HEAD';
  const isWrite = /pwrite64\(/.test(line);
  if (!isWrite && !/f(?:data)?sync\(/.test(line)) return undefined;
  const verb = isWrite ? 'write' : 'flush';
  if (/data\.mdb>/.test(line)) return isWrite && isMetaWrite(line) ? 'write meta' : `${verb} data`;
  if (/\.pack>/.test(line)) return `${verb} pack`;
  if (/HEAD\.\d+\.tmp>/.test(line)) return `${verb} HEAD.tmp`;
  if (/packs>/.test(line)) return `${verb} packs`;
  return line.includes(`${control}>`) ? `${verb} directory` : undefined;
}

/** A meta page is written by its fields, 128 bytes; data pages are written whole. */
function isMetaWrite(line: string): boolean {
  return / 128, \d+\)/.test(line);
}
