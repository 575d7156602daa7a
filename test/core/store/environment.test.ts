import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { afterPrefix } from '../../../src/core/store/checked-database.js';
import { StoreEnvironment } from '../../../src/core/store/environment.js';
import {
  type FormatRules,
  formatVersion,
  type Migration,
} from '../../../src/core/store/format-version.js';
import { buildModule, runModule } from '../../helpers/child.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const key = Buffer.from('key');
const opened: StoreEnvironment[] = [];

async function open(
  directory: string,
  options: Parameters<typeof StoreEnvironment.open>[1] = { create: true },
): Promise<StoreEnvironment> {
  const environment = await StoreEnvironment.open(directory, options);
  opened.push(environment);
  return environment;
}

async function closeAll(): Promise<void> {
  for (const environment of opened.splice(0)) await environment.close();
}

afterEach(closeAll);

async function closedEnvironment(): Promise<string> {
  const directory = temporaryDirectory();
  const environment = await open(directory);
  environment.transaction(() => {
    for (let index = 0; index < 500; index++) {
      environment.database('meta').put(Buffer.from(`k${index}`), Buffer.alloc(100, index));
    }
  });
  await closeAll();
  return directory;
}

/** Returns everything in the database `meta`, from the file as it is. */
async function valuesOf(directory: string): Promise<string> {
  const environment = await open(directory, { readOnly: true });
  const entries = [...environment.database('meta').entries()];
  await closeAll();
  return entries.map(({ key, value }) => `${key} ${Buffer.from(value).toString('hex')}`).join();
}

describe('StoreEnvironment', () => {
  test('keeps what a transaction wrote', async () => {
    const directory = temporaryDirectory();
    const environment = await open(directory);
    environment.transaction(() => environment.database('meta').put(key, Buffer.from('value')));
    await closeAll();
    const again = await open(directory, { readOnly: true });
    expect(Buffer.from(again.database('meta').get(key) ?? []).toString()).toBe('value');
  });

  test('forgets everything of a transaction that throws', async () => {
    const environment = await open(temporaryDirectory());
    const meta = environment.database('meta');
    const failing = () =>
      environment.transaction(() => {
        meta.put(key, Buffer.from('value'));
        environment.transaction(() => meta.put(Buffer.from('inner'), Buffer.from('value')));
        throw new TypeError('stop');
      });
    expect(failing).toThrow(TypeError);
    expect(meta.get(key)).toBeUndefined();
    expect(meta.get(Buffer.from('inner'))).toBeUndefined();
  });

  test('is shared by everyone who opens the path, and closed by the last', async () => {
    const directory = temporaryDirectory();
    const first = await open(directory);
    const second = await open(directory);
    expect(second).toBe(first);
    await first.close();
    second.transaction(() => second.database('meta').put(key, key));
    expect(second.database('meta').has(key)).toBe(true);
  });

  test('opens several repositories in one process', async () => {
    const environments = [];
    for (let index = 0; index < 4; index++) environments.push(await open(temporaryDirectory()));
    for (const [index, environment] of environments.entries()) {
      environment.transaction(() => environment.database('meta').put(key, Buffer.of(index)));
    }
    const values = environments.map((environment) => environment.database('meta').get(key)?.[0]);
    expect(values).toEqual([0, 1, 2, 3]);
  });

  test('turns a shared read-only instance into a writing one when that is asked for', async () => {
    const directory = await closedEnvironment();
    const [reader, writer] = await Promise.all([
      open(directory, { readOnly: true }),
      open(directory, {}),
    ]);
    expect(writer).toBe(reader);
    expect(reader.isReadOnly).toBe(false);
    writer.transaction(() => writer.database('meta').put(key, key));
    expect(reader.database('meta').has(key)).toBe(true);
  });

  test('refuses to write when it was opened for reading', async () => {
    const environment = await open(await closedEnvironment(), { readOnly: true });
    expect(() => environment.transaction(() => undefined)).toThrow('opened for reading only');
  });

  test('says that there is no database where there is none', async () => {
    const directory = temporaryDirectory();
    await expect(open(directory, {})).rejects.toThrow('There is no oxen database');
    expect(existsSync(join(directory, 'db'))).toBe(false);
    mkdirSync(join(directory, 'db'));
    await expect(open(directory, { readOnly: true })).rejects.toThrow('was never completed');
  });

  test('sees what another process commits', async () => {
    const directory = await closedEnvironment();
    const environment = await open(directory, { readOnly: true });
    expect(environment.database('meta').has(key)).toBe(false);
    await runModule(
      `import { StoreEnvironment } from './src/core/store/environment.ts';
       const environment = await StoreEnvironment.open(process.argv[2]);
       environment.transaction(() => environment.database('meta').put(Buffer.from('key'), Buffer.from('v')));`,
      [directory],
    );
    environment.refresh();
    expect(environment.database('meta').has(key)).toBe(true);
  });
});

/** Opens the environment on a thread, reads until the number it is told has come, and ends without closing. */
const threadSource = `
  import { parentPort, workerData } from 'node:worker_threads';
  import { setImmediate } from 'node:timers/promises';
  import { StoreEnvironment } from './src/core/store/environment.ts';
  const environment = await StoreEnvironment.open(workerData.directory, { readOnly: true });
  parentPort.postMessage('ready');
  const meta = environment.database('meta');
  for (let value = 0; value < workerData.last; ) {
    environment.refresh();
    value = meta.get(Buffer.from('counter'))?.[0] ?? 0;
    await setImmediate();
  }
  if (workerData.closes) await environment.close();`;

describe('releasePages', () => {
  const mappedKiB = () =>
    Number(/RssFile:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);

  const textOf = (environment: StoreEnvironment) =>
    Buffer.from(environment.database('meta').get(key) ?? []).toString();

  test.runIf(process.platform === 'linux')('gives the memory of what was read back', async () => {
    const environment = await open(temporaryDirectory());
    const meta = environment.database('meta');
    environment.transaction(() => {
      for (let index = 0; index < 512; index++) {
        meta.put(Buffer.from(`k${index}`), Buffer.alloc(65_536, index));
      }
    });
    expect([...meta.entries()].length).toBeGreaterThan(512);
    const before = mappedKiB();
    environment.releasePages();
    expect(before - mappedKiB()).toBeGreaterThan(16_384);
  });

  test.each([true, false])('goes on reading and writing (read-only: %s)', async (readOnly) => {
    const directory = await closedEnvironment();
    const environment = await open(directory, { readOnly });
    const meta = environment.database('meta');
    const entries = [...meta.entries()];
    environment.releasePages();
    expect([...meta.entries()]).toEqual(entries);
    expect(environment.isReadOnly).toBe(readOnly);
    if (readOnly) return;
    environment.transaction(() => meta.put(key, Buffer.from('value')));
    expect(textOf(environment)).toBe('value');
  });

  test('sees what another program committed meanwhile', async () => {
    const directory = await closedEnvironment();
    const environment = await open(directory, { readOnly: true });
    environment.database('meta').get(key);
    await runModule(
      `import { StoreEnvironment } from './src/core/store/environment.ts';
      const environment = await StoreEnvironment.open(process.argv[2]);
      const meta = environment.database('meta');
      environment.transaction(() => meta.put(Buffer.from('key'), Buffer.from('theirs')));
      await environment.close();`,
      [directory],
    );
    environment.releasePages();
    expect(textOf(environment)).toBe('theirs');
  });

  test('does nothing inside a transaction', async () => {
    const environment = await open(temporaryDirectory());
    const meta = environment.database('meta');
    environment.transaction(() => {
      meta.put(key, Buffer.from('value'));
      environment.releasePages();
      expect(textOf(environment)).toBe('value');
    });
    expect(textOf(environment)).toBe('value');
  });
});

describe('threads', () => {
  test('read what the main thread commits, and may end without closing', async () => {
    const directory = temporaryDirectory();
    const environment = await open(directory);
    const { file, remove } = buildModule(threadSource);
    for (let round = 0; round < 3; round++) {
      const last = 60;
      const put = (value: number) =>
        environment.transaction(() =>
          environment.database('meta').put(Buffer.from('counter'), Buffer.of(value)),
        );
      put(0);
      const workers = [true, false].map(
        (closes) => new Worker(file, { workerData: { directory, last, closes } }),
      );
      await Promise.all(workers.map((worker) => once(worker, 'message')));
      const ended = Promise.all(workers.map((worker) => once(worker, 'exit')));
      for (let value = 1; value <= last; value++) put(value);
      expect((await ended).flat()).toEqual([0, 0]);
    }
    remove();
    environment.transaction(() => environment.database('meta').put(key, key));
    expect(environment.database('meta').has(key)).toBe(true);
  });
});

describe('format version', () => {
  const newer: FormatRules = { version: formatVersion + 1, migrations: new Map() };

  test('that is newer is refused and left alone', async () => {
    const directory = temporaryDirectory();
    await open(directory, { create: true, format: newer });
    await closeAll();
    for (const readOnly of [true, false]) {
      const message = `has format ${formatVersion + 1}; this program reads formats up to ${formatVersion}`;
      await expect(open(directory, { readOnly })).rejects.toThrow(message);
    }
    const environment = await open(directory, { format: newer });
    expect(environment.database('meta').count()).toBe(1);
  });

  test('that is older is migrated in one transaction, also by a reader', async () => {
    const migrate: Migration = (databases) =>
      databases.database('meta').put(key, Buffer.from('migrated'));
    const format: FormatRules = { ...newer, migrations: new Map([[formatVersion, migrate]]) };
    const environment = await open(await closedEnvironment(), { readOnly: true, format });
    expect(environment.isReadOnly).toBe(true);
    expect(environment.database('meta').has(key)).toBe(true);
  });

  test('stays as it was when its migration fails', async () => {
    const directory = await closedEnvironment();
    const migrate: Migration = (databases) => {
      databases.database('meta').put(key, key);
      throw new Error('stop');
    };
    const format: FormatRules = { ...newer, migrations: new Map([[formatVersion, migrate]]) };
    await expect(open(directory, { format })).rejects.toThrow('stop');
    const environment = await open(directory, { readOnly: true });
    expect(environment.database('meta').has(key)).toBe(false);
  });
});

describe('damage', () => {
  test('of a value is reported with database and key', async () => {
    const directory = await closedEnvironment();
    const file = join(directory, 'db', 'data.mdb');
    const bytes = readFileSync(file);
    const entry = Buffer.concat([Buffer.from('k7'), Buffer.alloc(100, 7)]);
    const descriptor = openSync(file, 'r+');
    for (let at = bytes.indexOf(entry); at >= 0; at = bytes.indexOf(entry, at + 1)) {
      writeSync(descriptor, Buffer.of(6), 0, 1, at + 50);
    }
    closeSync(descriptor);
    const environment = await open(directory, { readOnly: true });
    const damaged = () => environment.database('meta').get(Buffer.from('k7'));
    expect(damaged).toThrow("The entry 'k7' of database meta is damaged");
    expect(() => [...environment.database('meta').entries()]).toThrow('is damaged');
    expect(environment.database('meta').get(Buffer.from('k8'))).toEqual(
      new Uint8Array(100).fill(8),
    );
  });

  test.each([4096, 5000, 8192, 40_000])('by a cut after %i bytes is reported', async (length) => {
    const directory = await closedEnvironment();
    truncateSync(join(directory, 'db', 'data.mdb'), length);
    await expect(open(directory)).rejects.toThrow('is damaged: it is cut off');
    await expect(open(directory)).rejects.toMatchObject({ kind: 'integrity' });
  });

  test('of the file header is reported', async () => {
    const directory = await closedEnvironment();
    const descriptor = openSync(join(directory, 'db', 'data.mdb'), 'r+');
    writeSync(descriptor, Buffer.alloc(64), 0, 64, 0);
    closeSync(descriptor);
    await expect(open(directory)).rejects.toThrow('its header is not that of a database');
  });

  test('of the number of a transaction never brings back an older state, whichever bit flips', async () => {
    const directory = await closedEnvironment();
    const file = join(directory, 'db', 'data.mdb');
    const good = readFileSync(file);
    const expected = await valuesOf(directory);
    let refusedCount = 0;
    for (const header of [0, 4096]) {
      for (let bit = 0; bit < 64; bit++) {
        const bad = Buffer.from(good);
        const at = header + 24 + 128 + (bit >> 3);
        bad[at] = (bad[at] ?? 0) ^ (1 << (bit & 7));
        writeFileSync(file, bad);
        const found = await valuesOf(directory).catch((error) => error.kind);
        if (found === 'integrity') refusedCount++;
        else expect(found, `bit ${bit} of the header at ${header}`).toEqual(expected);
      }
    }
    expect(refusedCount).toBeGreaterThanOrEqual(126);
    writeFileSync(file, good);
    expect(await valuesOf(directory)).toEqual(expected);
  });

  test('an older copy of the file is told from the newest one, and can be taken on purpose', async () => {
    const directory = await closedEnvironment();
    const file = join(directory, 'db', 'data.mdb');
    const older = readFileSync(file);
    const environment = await open(directory);
    environment.transaction(() => environment.database('meta').put(key, key));
    await environment.close();
    writeFileSync(file, older);
    await expect(open(directory)).rejects.toThrow('was durable');
    rmSync(join(directory, 'db', 'last-transaction'));
    expect((await open(directory)).database('meta').has(key)).toBe(false);
  });

  test('a file of classic LMDB is refused without opening it', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'db'));
    const header = Buffer.alloc(8192);
    header.writeUInt32LE(0xbeefc0de, 16);
    header.writeUInt32LE(1, 20);
    const descriptor = openSync(join(directory, 'db', 'data.mdb'), 'w');
    writeSync(descriptor, header);
    closeSync(descriptor);
    const error = { kind: 'failure', hint: expect.stringContaining('oxen serve') };
    await expect(open(directory, {})).rejects.toMatchObject(error);
  });
});

test('afterPrefix gives the first key behind all keys with the prefix', () => {
  expect(afterPrefix(Uint8Array.of(1, 2))).toEqual(Uint8Array.of(1, 3));
  expect(afterPrefix(Uint8Array.of(1, 255))).toEqual(Uint8Array.of(2));
  expect(afterPrefix(Uint8Array.of(255, 255))).toBeUndefined();
});
