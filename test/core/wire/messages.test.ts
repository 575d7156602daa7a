import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../../src/core/model/errors.js';
import type { CommitId, Hash } from '../../../src/core/model/hash.js';
import type { CommitNode } from '../../../src/core/model/node.js';
import * as branches from '../../../src/core/wire/messages/branches.js';
import * as commits from '../../../src/core/wire/messages/commits.js';
import * as entries from '../../../src/core/wire/messages/entries.js';
import {
  decodeAnswer,
  encodeFailure,
  encodePlainSuccess,
  encodeSuccess,
  type Failure,
  type JsonObject,
} from '../../../src/core/wire/messages/envelope.js';
import * as failures from '../../../src/core/wire/messages/failures.js';
import * as repositories from '../../../src/core/wire/messages/repositories.js';
import * as service from '../../../src/core/wire/messages/service.js';
import * as versions from '../../../src/core/wire/messages/versions.js';
import { recordedExchanges } from '../../helpers/traces.js';

function fieldsOf(body: string): JsonObject {
  const answer = decodeAnswer(200, body);
  if (!answer.isSuccess) throw new Error(answer.failure.text);
  return answer.fields;
}

/** The values of `member` in the objects of a list of the answer. */
function namesIn(body: string, list: string, member: string): string[] {
  return JSON.parse(body)[list].map((item: Record<string, string>) => item[member]);
}

/** Decodes a recorded answer as our client does and encodes it again as our server does. */
const repeats: Readonly<Record<string, (body: string) => string>> = {
  showVersion: (body) => {
    expect(service.decodeServerVersion(fieldsOf(body))).toBe('0.65.2');
    return service.encodeServerVersion();
  },
  showMinVersion: (body) => {
    expect(service.decodeMinVersion(fieldsOf(body))).toBe('0.36.0');
    return service.encodeMinVersion();
  },
  listNamespaces: (body) => service.encodeNamespaces(namesIn(body, 'namespaces', 'namespace')),
  listRepositories: (body) =>
    repositories.encodeRepositoriesAnswer('ox', namesIn(body, 'repositories', 'name')),
  showSize: (body) => repositories.encodeSizeAnswer(JSON.parse(body).size),
  updateSize: () => encodeSuccess('resource_updated'),
  deleteRepository: () => encodeSuccess('resource_deleted'),
  listBranches: (body) =>
    branches.encodeBranchesAnswer(branches.decodeBranchesAnswer(fieldsOf(body))),
  showBranch: (body) => repeatBranch('resource_found', body),
  createBranch: (body) => repeatBranch('resource_created', body),
  updateBranch: (body) => repeatBranch('resource_updated', body),
  deleteBranch: (body) => repeatBranch('resource_deleted', body),
  findMissingCommits: (body) =>
    commits.encodeHashesAnswer(commits.decodeHashesAnswer(fieldsOf(body))),
  listMissingFiles: (body) =>
    commits.encodeMissingFilesAnswer(commits.decodeMissingFilesAnswer(fieldsOf(body))),
  showCommit: (body) => commits.encodeCommitAnswer(commits.decodeCommitAnswer(fieldsOf(body))),
  showRootCommit: (body) =>
    fieldsOf(body)['commit'] === null
      ? commits.encodeCommitAnswer(undefined)
      : commits.encodeCommitAnswer(commits.decodeCommitAnswer(fieldsOf(body))),
  listAncestors: (body) => commits.encodeCommitsAnswer(decodeCommits(body)),
  uploadNodes: () => encodeSuccess('resource_found'),
  uploadDirHashes: () => encodeSuccess('resource_created'),
  showNodeAtPath: (body) =>
    entries.encodeNodeHashAnswer(entries.decodeNodeHashAnswer(fieldsOf(body))),
  uploadVersions: (body) => versions.encodeBatchAnswer(versions.decodeBatchAnswer(fieldsOf(body))),
  beginUpload: (body) => versions.encodeUploadState(versions.decodeUploadState(fieldsOf(body))),
  uploadPart: (body) => versions.encodePartAnswer(versions.decodePartAnswer(fieldsOf(body))),
  describeVersion: (body) =>
    versions.encodeVersionAnswer({
      hash: JSON.parse(body).version.hash,
      sizeBytes: JSON.parse(body).version.size,
    }),
};

function repeatBranch(token: Parameters<typeof encodeSuccess>[0], body: string): string {
  return branches.encodeBranchAnswer(token, branches.decodeBranchAnswer(fieldsOf(body)));
}

function decodeCommits(body: string): CommitNode[] {
  return commits.decodeHistoryAnswer({ ...fieldsOf(body), total_pages: 1 }).commits;
}

function recorded(route: string, status: number): string[] {
  return recordedExchanges()
    .filter((exchange) => exchange.route === route && exchange.status === status)
    .flatMap(({ response }) => (response === undefined ? [] : [response]));
}

describe('recorded answers of the stock server', () => {
  test.each(Object.keys(repeats))('of %s come out of our codecs as they were', (route) => {
    const bodies = recorded(route, 200).filter((body) => body.startsWith('{'));
    expect(bodies.length).toBeGreaterThan(0);
    for (const body of bodies) {
      if (route === 'uploadNodes' && !decodeAnswer(200, body).isSuccess) continue;
      expect(repeats[route]?.(body)).toBe(body);
    }
  });

  test('about repositories are understood and written with the same members', () => {
    for (const body of recorded('showRepository', 200)) {
      const summary = repositories.decodeRepositoryAnswer(fieldsOf(body));
      const { repository } = JSON.parse(body);
      const main = repository.default_resource;
      const view = {
        ...summary,
        uuid: summary.uuid ?? '',
        sizeBytes: repository.size,
        branchCount: repository.branch_count,
        dataTypes: repository.data_types.map((type: { count: number; data_type: string }) => ({
          fileCount: type.count,
          dataType: type.data_type,
        })),
        ...(main === undefined
          ? {}
          : {
              main: {
                branch: { name: main.branch.name, commitId: main.branch.commit_id },
                commit: commits.commitShape(main.commit, ''),
              },
            }),
      };
      expect(repositories.encodeRepositoryAnswer(view)).toBe(body);
    }
  });

  test('to the making of a repository have our members', () => {
    const bodies = recorded('createRepository', 200);
    expect(bodies.length).toBeGreaterThan(1);
    for (const body of bodies) {
      const { repository } = JSON.parse(body);
      const latest = repository.latest_commit;
      const made = {
        namespace: repository.namespace,
        name: repository.name,
        uuid: repository.repo_uuid,
      };
      const commit = latest === null ? undefined : commits.commitShape(latest, '');
      expect(repositories.encodeNewRepositoryAnswer(made, commit)).toBe(body);
    }
  });

  test('with pages of a history give its commits and pages', () => {
    const exchanges = recordedExchanges().filter(
      ({ route, response }) => route === 'listHistory' && response?.includes('"success"'),
    );
    expect(exchanges.length).toBeGreaterThan(4);
    for (const { response = '' } of exchanges) {
      const fields = fieldsOf(response);
      const page = {
        askedPage: Number(fields['page_number']),
        pageSize: Number(fields['page_size']),
      };
      if ('has_more' in fields) {
        const answer = commits.decodePathHistoryAnswer(fields);
        const again = commits.encodePathHistoryAnswer(answer.commits, page, answer.hasMore);
        expect(again).toBe(response);
      } else {
        const answer = commits.decodeHistoryAnswer(fields);
        const pagination = commits.paginate(page, Number(fields['total_entries']));
        const again = commits.encodeHistoryAnswer(answer.commits, {
          ...pagination,
          totalPages: answer.totalPages,
        });
        expect(again).toBe(response);
      }
    }
  });

  test('about files and directories have exactly our members', () => {
    const bodies = recorded('showEntry', 200);
    expect(bodies.length).toBeGreaterThan(3);
    for (const body of bodies) {
      const summary = entries.decodeEntryAnswer(fieldsOf(body));
      const { entry } = JSON.parse(body);
      const view = viewOf(entry, summary);
      expect(entries.encodeEntryAnswer(view)).toBe(body);
    }
  });

  test('about revisions name their commit', () => {
    for (const body of recorded('showRevision', 200)) {
      const { commit, path } = entries.decodeResourceAnswer(fieldsOf(body));
      const { resource } = JSON.parse(body);
      expect(commit?.id).toBe(resource.commit.id);
      const view = resourceViewOf(resource);
      expect(path).toBe(view?.path);
      if (view !== undefined) expect(entries.encodeResourceAnswer(view)).toBe(body);
    }
  });

  test('that report failures are told from successes whatever their form', () => {
    const failed = recordedExchanges().filter(
      ({ status, response }) => status >= 400 && response !== undefined,
    );
    expect(failed.length).toBeGreaterThan(80);
    for (const { status, response = '' } of failed) {
      const answer = decodeAnswer(status, response);
      expect(answer.isSuccess, response).toBe(false);
      if (!answer.isSuccess) expect(answer.failure.text, response).not.toBe('');
    }
  });
});

interface ResourceJson {
  readonly commit: unknown;
  readonly branch: { readonly name: string; readonly commit_id: CommitId } | null;
  readonly version: string;
  readonly path: string;
}

interface EntryJson {
  readonly metadata: {
    readonly text?: { readonly num_lines: number; readonly num_chars: number };
    readonly dir?: { readonly data_types: { readonly count: number; data_type: string }[] };
  } | null;
  readonly resource: ResourceJson | null;
  readonly extension: string;
}

function viewOf(json: EntryJson, summary: entries.EntrySummary): entries.EntryView {
  const text = json.metadata?.text;
  const types = json.metadata?.dir?.data_types;
  return {
    ...summary,
    hash: summary.hash ?? ('0' as Hash),
    resource: resourceViewOf(json.resource),
    extension: json.extension,
    ...(text && {
      metadata: { kind: 'text', lineCount: text.num_lines, charCount: text.num_chars },
    }),
    ...(types && {
      dataTypes: types.map((type) => ({ dataType: type.data_type, fileCount: type.count })),
    }),
  };
}

function resourceViewOf(json: ResourceJson | null): entries.ResourceView | undefined {
  if (json === null) return undefined;
  const { branch, version, path } = json;
  return {
    commit: commits.commitShape(json.commit, ''),
    branch: branch === null ? undefined : { name: branch.name, commitId: branch.commit_id },
    version,
    path,
  };
}

describe('recorded requests of the stock client', () => {
  test('that make repositories are read and written', () => {
    const bodies = recordedExchanges()
      .filter(({ route, status }) => route === 'createRepository' && status === 200)
      .flatMap(({ request }) => (request?.includes('"host"') ? [request] : []));
    expect(bodies.length).toBeGreaterThan(0);
    for (const body of bodies) {
      const { host, scheme } = JSON.parse(body);
      const repository = repositories.decodeNewRepository(body);
      expect(repositories.encodeNewRepository(repository, { host, scheme })).toBe(body);
    }
  });

  test('that make and move branches are read and written', () => {
    for (const exchange of recordedExchanges()) {
      const { route, request = '', status } = exchange;
      if (status !== 200) continue;
      if (route === 'createBranch') {
        const branch = branches.decodeNewBranch(request);
        if (branch === undefined) throw new Error(request);
        expect(JSON.parse(branches.encodeNewBranch(branch))).toEqual(JSON.parse(request));
      } else if (route === 'updateBranch') {
        const move = branches.decodeBranchMove(request);
        expect(move.expected).toBe('any');
        expect(JSON.parse(branches.encodeBranchMove(move))).toMatchObject({
          commit_id: move.commitId,
        });
      }
    }
  });

  test('for missing commits, uploads and contents are read', () => {
    for (const { route, request, status } of recordedExchanges()) {
      if (request === undefined || status !== 200) continue;
      if (route === 'findMissingCommits') {
        const hashes = commits.decodeHashesRequest(request);
        expect(hashes).toEqual(JSON.parse(request).hashes);
      } else if (route === 'beginUpload') {
        expect(versions.decodeUploadRequest(request).sizeBytes).toBeGreaterThan(0);
      } else if (route === 'downloadVersions') {
        expect(versions.decodeHashLines(request).length).toBeGreaterThan(0);
      }
    }
  });
});

describe('requests', () => {
  test.each([
    ['', 'not valid JSON'],
    ['nojson', 'not valid JSON'],
    ['[]', 'an object'],
    ['null', 'an object'],
    ['{}', 'hashes must be a list'],
    ['{"hashes":{}}', 'a list'],
    ['{"hashes":[1]}', 'hashes[0]'],
    ['{"hashes":["xyz"]}', 'is not a hash'],
    ['{"hashes":["00000000000000000000000000000000f"]}', 'is not a hash'],
    ['{"__proto__":{"hashes":[]}}', 'hashes must be a list'],
    [`${'['.repeat(100_000)}`, 'not valid JSON'],
  ])('for commits that are malformed are refused: %.20s', (body, problem) => {
    expect(() => commits.decodeHashesRequest(body)).toThrow(InvalidInputError);
    expect(() => commits.decodeHashesRequest(body)).toThrow(problem);
  });

  test.each([
    '{"new_name":5}',
    '{"commit_id":"abc"}',
    '{"new_name":"a","commit_id":"not hex"}',
    `{"new_name":"${'n'.repeat(5000)}"}`,
  ])('for branches that are malformed are refused: %.40s', (body) => {
    expect(() => branches.decodeNewBranch(body)).toThrow(InvalidInputError);
  });

  test.each([
    '{"hash":"a","size":-1}',
    '{"hash":"a","size":1.5}',
    '{"hash":"a","size":1e300}',
    '{"hash":"a","size":"5"}',
    '{"size":5}',
  ])('for uploads that are malformed are refused: %s', (body) => {
    expect(() => versions.decodeUploadRequest(body)).toThrow(InvalidInputError);
  });

  test('for branch moves may say where the branch must be', () => {
    const commitId = 'abc' as CommitId;
    for (const expected of ['def' as CommitId, undefined, 'any'] as const) {
      const body = branches.encodeBranchMove({ commitId, expected });
      expect(branches.decodeBranchMove(body)).toEqual({ commitId, expected });
    }
  });

  test('keep what they ask in any repository', () => {
    const file = fc.record({
      path: fc.string(),
      contents: fc.string(),
      author: fc.string(),
      email: fc.string(),
    });
    const anyRepository = fc.record({
      namespace: fc.string({ maxLength: 20 }),
      name: fc.string({ maxLength: 20 }),
      description: fc.string(),
      files: fc.array(file, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(anyRepository, (repository) => {
        const body = repositories.encodeNewRepository(repository, { host: 'h', scheme: 'http' });
        expect(repositories.decodeNewRepository(body)).toEqual(repository);
      }),
    );
  });
});

describe('names of contents', () => {
  test('are canonical or none', () => {
    expect(versions.canonicalHash('1f05136c41abecc7c735c30047a19aa')).toBeDefined();
    expect(versions.canonicalHash('0')).toBe('0');
    for (const name of ['', '00', '0a', 'A1', 'g', 'a/b', '..', `1${'0'.repeat(32)}`, 'a\n']) {
      expect(versions.canonicalHash(name), name).toBeUndefined();
    }
  });

  test('that are missing can be taken from the failure', () => {
    const body = encodeFailure(failures.missingVersions(['a1', 'b2']));
    const answer = decodeAnswer(404, body);
    if (answer.isSuccess) throw new Error('a failure was expected');
    expect(answer.failure.type).toBe('version_blobs_missing');
    expect(versions.missingHashesOf(answer.failure.fields)).toEqual(['a1', 'b2']);
    expect(versions.missingHashesOf({})).toEqual([]);
    expect(versions.missingHashesOf({ error: { missing_hashes: ['../x'] } })).toEqual([]);
  });
});

describe('failures', () => {
  const asRecorded: [string, number, Failure][] = [
    ['showBranch', 404, failures.missingBranch('main')],
    ['showCommit', 404, failures.missingRevision('abc')],
    ['showRepository', 404, failures.missingRepository('ox', 't1')],
    ['createRepository', 409, failures.repositoryExists],
    ['findMissingCommits', 426, failures.updateRequired],
    ['downloadVersions', 404, failures.missingVersions(['a1b2'])],
    ['uploadPart', 404, failures.missingUpload('5797c7fd-0d48-4341-8389-fcdaa6b7a1c9')],
    ['beginUpload', 400, failures.uploadRefused("'zz' is not a version file hash")],
    ['probeNode', 404, failures.notFound],
  ];

  test.each(
    asRecorded,
  )('of %s with status %i read as on the stock server', (route, status, failure) => {
    expect(failure.status).toBe(status);
    expect(recorded(route, status)).toContain(encodeFailure(failure));
  });

  test('inside a 200 answer, and behind heart-beats, are failures', () => {
    const body = `\n\n\n${encodeFailure({ status: 400, message: 'Incomplete merkle node' })}`;
    const answer = decodeAnswer(200, body);
    expect(answer).toMatchObject({
      isSuccess: false,
      failure: { text: 'Incomplete merkle node', type: 'Incomplete merkle node' },
    });
    expect(decodeAnswer(200, `\n\n${encodeSuccess('resource_found')}`).isSuccess).toBe(true);
  });

  test('are what is no success: other words, no JSON, success with a bad status', () => {
    for (const [status, body] of [
      [200, '{"status":"warning","status_message":"x"}'],
      [200, '{"status_message":"x"}'],
      [200, ''],
      [200, '[]'],
      [200, 'null'],
      [500, encodeSuccess('resource_found')],
      [206, '{"status":"error","status_message":"x"}'],
      [413, 'payload reached size limit'],
      [502, '<html>bad gateway</html>'],
    ] as const) {
      expect(decodeAnswer(status, body).isSuccess, body).toBe(false);
    }
    const plain = decodeAnswer(413, 'payload reached size limit');
    expect(plain).toMatchObject({ failure: { text: 'payload reached size limit' } });
  });

  test('of forms 1 and 2 carry the version and form 3 does not', () => {
    expect(encodeFailure(failures.notFound)).toContain('"oxen_version"');
    expect(encodeFailure(failures.missingRepository('a', 'b'))).toContain('"status_description"');
    expect(encodeFailure(failures.badRequest('x'))).not.toContain('oxen_version');
    expect(encodePlainSuccess('resource_found', {})).not.toContain('oxen_version');
  });
});
