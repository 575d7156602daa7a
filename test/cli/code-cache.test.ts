/** The launcher loads the command line with V8's code cache, and without it where that cannot be used. */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { join, resolve } from 'node:path';
import { Script } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const wrap = (Module as unknown as { wrap(code: string): string }).wrap;

function scripts(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.cjs'))
    .map((file) => join(directory, file));
}

test('every file of the command line has a code cache that V8 accepts', () => {
  const files = scripts('dist');
  expect(files.length).toBeGreaterThan(10);
  for (const filename of files) {
    const script = new Script(wrap(readFileSync(filename, 'utf8')), {
      filename,
      cachedData: readFileSync(`${filename}.cache`),
    });
    expect(script.cachedDataRejected, filename).toBe(false);
  }
});

describe('an installation', () => {
  const root = temporaryDirectory();
  const moo = () =>
    spawnSync(process.execPath, [join(root, 'bin/run.js'), 'moo'], { encoding: 'utf8' });

  beforeAll(() => {
    for (const name of ['bin', 'dist', 'package.json']) {
      cpSync(resolve(name), join(root, name), { recursive: true });
    }
    symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  });

  test('works with caches that V8 refuses', () => {
    for (const file of scripts(join(root, 'dist'))) writeFileSync(`${file}.cache`, 'nonsense');
    expect(moo()).toMatchObject({ stdout: 'moo\n', stderr: '', status: 0 });
  });

  test('works without caches', () => {
    for (const file of scripts(join(root, 'dist'))) rmSync(`${file}.cache`, { force: true });
    expect(moo()).toMatchObject({ stdout: 'moo\n', stderr: '', status: 0 });
  });
});
