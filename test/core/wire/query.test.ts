import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../../src/core/model/errors.js';
import type { Hash } from '../../../src/core/model/hash.js';
import type { RepoPath } from '../../../src/core/model/path.js';
import * as query from '../../../src/core/wire/query.js';

function written(fields: query.QueryFields): string {
  return query.formatQuery(fields).replace('?', '');
}

describe('pages', () => {
  test('have defaults, count from 1, and echo what was asked', () => {
    expect(query.parsePageQuery('')).toEqual({ page: 1, pageSize: 100, askedPage: 1 });
    expect(query.parsePageQuery('page=0&page_size=7')).toEqual({
      page: 1,
      pageSize: 7,
      askedPage: 0,
    });
  });

  test('are cut to what we serve, even beyond 2^53', () => {
    const page = query.parsePageQuery('page=1&page_size=9223372036854775807&');
    expect(page.pageSize).toBe(query.maxPageSize);
  });

  test.each([
    'page_size=0',
    'page=-1',
    'page=x',
    'page=',
    'page=1e3',
    'page=0x10',
    'page=1.5',
  ])('cannot be %s', (text) => {
    expect(() => query.parsePageQuery(text)).toThrow(InvalidInputError);
  });
});

describe('parts of trees', () => {
  test('are the whole tree when nothing is said', () => {
    expect(query.parseTreeQuery('')).toEqual({ depth: -1, subtrees: [], isDownload: false });
  });

  test('come back as they were written', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
    const path = name.filter((text) => !/[\0/\\,]|^\.{1,2}$/.test(text) && !/oxen/i.test(text));
    const tree = fc.record({
      depth: fc.integer({ min: -1, max: 1000 }),
      subtrees: fc.array(path as fc.Arbitrary<RepoPath>, { minLength: 1, maxLength: 4 }),
      isDownload: fc.boolean(),
    });
    fc.assert(
      fc.property(tree, (wanted) => {
        expect(query.parseTreeQuery(written(query.treeQueryFields(wanted)))).toEqual(wanted);
      }),
    );
  });

  test.each([
    'subtrees=..',
    'subtrees=a,..%2Fb',
    'subtrees=.oxen',
    'depth=all',
    'depth=99999999999',
  ])('cannot be %s', (text) => {
    expect(() => query.parseTreeQuery(text)).toThrow(InvalidInputError);
  });
});

describe('ranges of files', () => {
  test('come back as they were written', () => {
    const chunk = { start: 10_485_760, size: 5_243_003 };
    expect(query.parseChunkQuery(written(query.chunkQueryFields(chunk)))).toEqual(chunk);
  });

  test.each([
    '',
    'chunk_start=1',
    'chunk_size=1',
    'chunk_start=-1&chunk_size=1',
  ])('need both numbers: %s', (text) => {
    expect(() => query.parseChunkQuery(text)).toThrow(InvalidInputError);
  });

  test('may not end beyond 2^53', () => {
    const text = `chunk_start=${Number.MAX_SAFE_INTEGER}&chunk_size=${Number.MAX_SAFE_INTEGER}`;
    expect(() => query.parseChunkQuery(text)).toThrow(InvalidInputError);
  });
});

describe('other queries', () => {
  test('of pieces of archives come back as they were written', () => {
    const piece = {
      index: 2,
      count: 5,
      totalSizeBytes: 50_000_000,
      hash: 'abc' as Hash,
      isCompressed: true,
    };
    const text = written(query.uploadChunkQueryFields(piece));
    expect(query.parseUploadChunkQuery(text)).toEqual(piece);
    expect(() => query.parseUploadChunkQuery(text.replace('chunk_num=2', 'chunk_num=5'))).toThrow();
    expect(() => query.parseUploadChunkQuery(text.replace('hash=abc', 'hash=..'))).toThrow();
  });

  test('of directories know order and depth', () => {
    expect(query.parseDirQuery('sort_by=date&reverse=true&depth=3&page=2&page_size=5')).toEqual({
      page: 2,
      askedPage: 2,
      pageSize: 5,
      sortBy: 'date',
      isReversed: true,
      depth: 3,
    });
    expect(query.parseDirQuery('depth=99999').depth).toBe(64);
  });

  test('of missing files, rebuilding and old uploads name what they are about', () => {
    expect(query.parseMissingFilesQuery('head=a')).toEqual({ base: undefined, head: 'a' });
    expect(() => query.parseMissingFilesQuery('base=a')).toThrow(InvalidInputError);
    expect(query.parseRebuildQuery('commit_id=a')).toEqual({ commit: 'a' });
    expect(query.parseRebuildQuery('branch=main')).toEqual({ branch: 'main' });
    expect(() => query.parseRebuildQuery('')).toThrow(InvalidInputError);
    expect(query.parseLegacyEntryQuery('filename=a/b.jpg&hash=1').path).toBe('a/b.jpg');
    expect(() => query.parseLegacyEntryQuery('path=../x')).toThrow(InvalidInputError);
    expect(() => query.parseLegacyEntryQuery('')).toThrow(InvalidInputError);
  });
});
