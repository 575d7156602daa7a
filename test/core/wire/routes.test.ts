import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../../src/core/model/errors.js';
import type { Hash } from '../../../src/core/model/hash.js';
import type { RepoPath } from '../../../src/core/model/path.js';
import { buildTarget } from '../../../src/core/wire/build-target.js';
import { matchRoute, type RouteRequest } from '../../../src/core/wire/match-route.js';
import { readingsOf, resourceTail } from '../../../src/core/wire/parameters.js';
import { type RouteName, routes } from '../../../src/core/wire/routes.js';
import { recordedExchanges } from '../../helpers/traces.js';

const repository = { namespace: 'ox', repository: 'data' };
const base = '/api/repos/ox/data';

function found(method: string, target: string): RouteRequest {
  const match = matchRoute(method, target);
  if (match.kind !== 'found') throw new Error(`${method} ${target} is ${JSON.stringify(match)}`);
  return match.request;
}

/** Recorded requests that ours turns away, because they reach out of a repository or name what cannot be. */
const refusedOnPurpose = /\.\.\/x|%2e%2e|\.\.\.|branches\/a\/\/b|\/hash\/xyz/;

describe('routes', () => {
  test('match every recorded request of the real clients', () => {
    for (const { method, path, query, route } of recordedExchanges()) {
      const match = matchRoute(method, query === '' ? path : `${path}?${query}`);
      const label = `${method} ${path}`;
      if (refusedOnPurpose.test(path)) expect(match.kind, label).toBe('refused');
      else if (match.kind !== 'refused') {
        expect(match, label).toMatchObject({ kind: 'found', request: { route, query } });
      } else expect(match.detail, label).toContain('single path segment');
    }
  });

  test.each([
    ['GET', '/nope'],
    ['POST', '/api/version'],
    ['GET', '/api/repos'],
    ['GET', '/api/repos/ox/data/'],
    ['PUT', base],
    ['DELETE', `${base}/tree/download`],
    ['POST', `${base}/action/paused/push`],
    ['GET', `${base}/branchesx`],
    ['get', `${base}/branches`],
    ['GET', ''],
    ['GET', '*'],
  ])('do not know %s %s', (method, target) => {
    expect(matchRoute(method, target)).toEqual({ kind: 'unknown' });
  });

  test('ignore scheme and host in front of the path, and a fragment behind it', () => {
    expect(found('GET', `http://host:3000${base}/branches/main#x`)).toMatchObject({
      route: 'showBranch',
      parameters: { ...repository, branch: 'main' },
    });
  });

  test('try entries in the order of the original server', () => {
    expect(found('GET', `${base}/commits/history/x/parents`).route).toBe('listHistory');
    expect(found('GET', `${base}/commits/a/b/parents`)).toMatchObject({
      route: 'listAncestors',
      parameters: { revision: 'a/b' },
    });
    expect(found('GET', `${base}/commits/root`).route).toBe('showRootCommit');
    expect(found('GET', `${base}/versions/main/metadata`).route).toBe('describeVersion');
    expect(found('GET', `${base}/versions/main/a/metadata`).route).toBe('readVersion');
  });

  test('take branch names with slashes, as they are and escaped', () => {
    for (const written of ['a/b+c', 'a%2Fb%2Bc', 'a/b%2bc']) {
      expect(found('GET', `${base}/branches/${written}`)).toMatchObject({
        parameters: { branch: 'a/b+c' },
      });
    }
  });

  test('decode exactly once and leave lone percent signs alone', () => {
    const cases: [string, string[]][] = [
      ['a%2520b.bin', ['a%20b.bin']],
      ['100%.txt', ['100%.txt']],
      ['%zz%20', ['%zz ']],
      ['%C3%BC/p+q%26r', ['ü', 'p+q&r']],
      ['http%253A%252F%252Fexample.com', ['http%3A%2F%2Fexample.com']],
    ];
    for (const [written, parts] of cases) {
      const request = found('GET', `${base}/file/main/${written}`);
      expect(request.parameters).toMatchObject({ resource: { parts: ['main', ...parts] } });
    }
  });

  test('tolerate doubled slashes, single dots and slashes at the end of a path', () => {
    for (const written of ['main/img', 'main//img', 'main/./img', 'main/img/', '/main/img']) {
      const request = found('GET', `${base}/meta/${written}`);
      expect(request.parameters).toMatchObject({ resource: { parts: ['main', 'img'] } });
    }
  });

  test('split ranges of commits and refuse three dots', () => {
    expect(found('GET', `${base}/tree/download/a1..b2`)).toMatchObject({
      parameters: { range: { base: 'a1', head: 'b2' } },
    });
    expect(found('GET', `${base}/tree/download/b2`)).toMatchObject({
      parameters: { range: { base: undefined, head: 'b2' } },
    });
    for (const range of ['a1...b2', 'a1..', '..b2', 'a..b..c', '..', '...']) {
      expect(matchRoute('GET', `${base}/tree/download/${range}`).kind, range).toBe('refused');
    }
  });

  test('are described in docs/protocol.md, each with its rights', () => {
    const text = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');
    const described = [...text.matchAll(/^### `(.+)`\n(\w+)\./gm)].map(
      ([, request, access]) => `${request} ${access?.toLowerCase()}`,
    );
    const expected = Object.values(routes).map(({ method, path, access }) => {
      const short = path.replace('/api/repos/:namespace/:repository', 'R');
      return `${method} ${short} ${access}`;
    });
    expect(described.sort()).toEqual(expected.sort());
  });

  test('have an access right, and take no body when they only read by GET', () => {
    for (const [name, route] of Object.entries(routes)) {
      if (route.method === 'GET' || route.method === 'HEAD') expect(route.body, name).toBe('none');
      if (['PUT', 'DELETE'].includes(route.method)) {
        expect(route.access, name).toMatch(/write|admin/);
      }
    }
  });
});

/** Ways out of a repository; each is tried in every parameter of every route. */
const hostile = [
  '..',
  '%2e%2e',
  '.%2E',
  '%252e%252e',
  '%25252e%25252e',
  '..%2f..%2fetc%2fpasswd',
  '%252e%252e%252fetc',
  '..%5c..%5cetc',
  'a%5cb',
  'a\\b',
  '%00',
  'a%00b',
  'a%2500b',
  '.oxen',
  '.OXEN',
  '.oXeN',
  '%2eoxen',
  '%252eoxen',
  '.oxen%20',
  '.oxen.',
  '.oxen%3A%3A$DATA',
  'OXEN~1',
  '.ox%E2%80%8Cen',
  '.oxen%2fconfig.toml',
  'x%2f.oxen%2fconfig.toml',
  '%ff%fe',
  '%C0%AE%C0%AE',
  '%ED%A0%80',
  'n'.repeat(256),
  '%F0%9F%90%82'.repeat(64),
];

describe('hostile parameters', () => {
  const parameterised = Object.entries(routes).flatMap(([name, route]) =>
    route.path
      .split('/')
      .flatMap((part, index) => (part.startsWith(':') ? [{ name, route, index }] : [])),
  );

  test.each(parameterised)('of $name at part $index never reach a handler', ({ route, index }) => {
    for (const value of hostile) {
      const target = route.path
        .split('/')
        .map((part, at) => {
          if (at === index) return value;
          return part.startsWith(':') ? harmless(part) : part;
        })
        .join('/');
      expect(matchRoute(route.method, target).kind, target).not.toBe('found');
    }
  });

  test('of names that only look odd are let through', () => {
    for (const name of [
      '...',
      '.ox',
      'oxen',
      '.oxenignore',
      'a..b',
      ' ',
      '%20',
      '%25',
      'CON',
      '-x',
    ]) {
      expect(matchRoute('GET', `${base}/file/main/${name}`).kind, name).toBe('found');
    }
  });

  test('never give a path that leaves the repository, whatever is sent', () => {
    const piece = fc.constantFrom(
      '.',
      '..',
      '/',
      '%2f',
      '%5c',
      '%2e',
      '%25',
      '%00',
      'a',
      '.oxen',
      '%',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const match = matchRoute('GET', `${base}/file/main/${pieces.join('')}`);
        if (match.kind !== 'found' || match.request.route !== 'readFile') return;
        for (const part of match.request.parameters.resource.parts) {
          expect(part).not.toMatch(/^\.{1,2}$|[\0/\\]|^\.oxen$/);
        }
      }),
    );
  });
});

function harmless(part: string): string {
  if (part.startsWith(':hash')) return 'abc1';
  return part.startsWith(':part') ? '1' : 'x';
}

describe('built targets', () => {
  test('are those of the stock client', () => {
    const head = '4c0583e3663aecc8e9b84210ac5dbe6d' as Hash;
    expect(buildTarget('showBranch', { ...repository, branch: 'a/p+q ü' })).toBe(
      `${base}/branches/a/p+q%20%C3%BC`,
    );
    expect(buildTarget('downloadNodes', { ...repository, range: { base: 'a1', head } })).toBe(
      `${base}/tree/download/a1..${head}`,
    );
    expect(
      buildTarget(
        'readChunk',
        { ...repository, resource: resourceTail(head, 'dir x/q?#%20.bin' as RepoPath) },
        { chunk_start: 0, chunk_size: 10_485_760 },
      ),
    ).toBe(`${base}/chunk/${head}/dir%20x/q%3F%23%2520.bin?chunk_start=0&chunk_size=10485760`);
    expect(
      buildTarget('listDir', { ...repository, resource: resourceTail('main', '' as RepoPath) }),
    ).toBe(`${base}/dir/main`);
    expect(buildTarget('showVersion', {})).toBe('/api/version');
  });

  test('come back as the parameters they were made of', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => !/^\.{1,2}$|[\0/\\%]/.test(text) && !/oxen/i.test(text));
    const names = fc.array(name, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(name, names, names, (repositoryName, branch, path) => {
        const parameters = { namespace: 'ox', repository: repositoryName };
        const branchTarget = buildTarget('showBranch', { ...parameters, branch: branch.join('/') });
        expect(found('GET', branchTarget)).toMatchObject({
          route: 'showBranch',
          parameters: { ...parameters, branch: branch.join('/') },
        });
        const resource = resourceTail(branch.join('/'), path.join('/') as RepoPath);
        const fileTarget = buildTarget('readFile', { ...parameters, resource });
        expect(found('GET', fileTarget)).toMatchObject({
          route: 'readFile',
          parameters: { ...parameters, resource: { parts: [...branch, ...path] } },
        });
      }),
    );
  });

  test('are refused for names that would be normalised away', () => {
    for (const branch of ['..', 'a/../b', '.', 'a//b', '']) {
      expect(() => buildTarget('showBranch', { ...repository, branch })).toThrow(InvalidInputError);
    }
  });

  test('exist for every route', () => {
    const values = {
      ...repository,
      action: 'push',
      branch: 'main',
      revision: 'main',
      commit: 'abc',
      range: { base: undefined, head: 'abc' },
      resource: { parts: ['main', 'a.txt'] },
      path: 'a.txt' as RepoPath,
      hash: 'abc' as Hash,
      version: 'abc',
      upload: 'u-1',
      part: 3,
    };
    for (const name of Object.keys(routes) as RouteName[]) {
      const target = buildTarget(name, values as never);
      expect(found(routes[name].method, target).route, target).toBe(name);
    }
  });
});

describe('resource tails', () => {
  test('are read as commit, then as branch from the longest to the shortest, then as a workspace', () => {
    const readings = [...readingsOf({ parts: ['a', 'b', 'c'] })];
    expect(readings.map(({ kind, revision, path }) => `${kind} ${revision} : ${path}`)).toEqual([
      'commit a : b/c',
      'branch a/b : c',
      'branch a : b/c',
      'branch a/b/c : ',
      'workspace a : b/c',
    ]);
  });

  test('of one part name a revision without a path; none has no reading', () => {
    expect([...readingsOf({ parts: ['main'] })].map(({ kind, path }) => [kind, path])).toEqual([
      ['commit', ''],
      ['branch', ''],
      ['workspace', ''],
    ]);
    expect([...readingsOf({ parts: [] })]).toEqual([]);
  });

  test('of very many parts have few readings', () => {
    const parts = Array.from({ length: 8000 }, () => 'x');
    expect([...readingsOf({ parts })].length).toBeLessThan(260);
  });
});
