import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NotFoundError } from '../../src/core/model/errors.js';
import { splitRevisions } from '../../src/ui/split-revisions.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const source = {
  resolve: (name: string) => {
    if (['main', 'other', 'HEAD~1'].includes(name)) return name;
    throw new NotFoundError(`Revision not found: ${name}`);
  },
};

function workingDirectory(): string {
  const cwd = temporaryDirectory();
  mkdirSync(join(cwd, 'images'));
  writeFileSync(join(cwd, 'main'), '');
  return cwd;
}

function split(line: string, most = 2) {
  const words = line.split(' ').filter((word) => word !== '' && word !== '--');
  const dashes = line.split(' ').indexOf('--');
  const after = dashes < 0 ? [] : line.split(' ').slice(dashes + 1);
  return splitRevisions(words, after, most, source, workingDirectory());
}

test('revisions come first, then what is on disk', () => {
  expect(split('main images')).toEqual({ revisions: ['main'], paths: ['images'] });
  expect(split('main..other images')).toEqual({ revisions: ['main..other'], paths: ['images'] });
  expect(split('HEAD~1..')).toEqual({ revisions: ['HEAD~1..'], paths: [] });
  expect(split('images')).toEqual({ revisions: [], paths: ['images'] });
});

test('what stands behind -- is a path, also when it is called like a revision or is not on disk', () => {
  expect(split('-- main')).toEqual({ revisions: [], paths: ['main'] });
  expect(split('other -- gone.txt')).toEqual({ revisions: ['other'], paths: ['gone.txt'] });
});

test('a word that is neither is an unknown revision', () => {
  expect(() => split('nope')).toThrow('Revision not found: nope');
  expect(() => split('gone/file.txt')).toThrow('neither a revision nor a path');
  expect(() => split('main..nope images')).toThrow('Revision not found: nope');
  expect(() => split('images -- main')).toThrow('Revision not found: images');
});

test('one revision too many is refused', () => {
  expect(() => split('main other', 1)).toThrow("'other' is one revision too many.");
});
