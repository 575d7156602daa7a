import { describe, expect, test } from 'vitest';
import type { CommitId, Hash } from '../../src/core/model/hash.js';
import type { RepoPath } from '../../src/core/model/path.js';
import type { RepositoryStatus } from '../../src/core/model/status.js';
import { painter } from '../../src/ui/colour.js';
import { renderStatus } from '../../src/ui/status-view.js';

const headId = 'c1429058ed7845c7bba2e552add8eca3' as CommitId;
const hash = '1' as Hash;
const path = (text: string): RepoPath => text as RepoPath;
const paths = (...texts: string[]): RepoPath[] => texts.map(path);

const clean: RepositoryStatus = {
  branch: 'main',
  headId,
  headMessage: 'second',
  stagedDirectories: [],
  stagedFiles: [],
  movedFiles: [],
  modifiedFiles: [],
  removedFiles: [],
  removedDirectories: [],
  untrackedDirectories: [],
  untrackedFiles: [],
  conflicts: [],
  mergingId: undefined,
  interruptedMerge: false,
  unfinishedCheckout: false,
  unrestorableFiles: [],
  part: undefined,
  problems: [],
};

const directory = (name: string, added: number, modified: number, removed: number) => ({
  path: path(name),
  addedCount: added,
  modifiedCount: modified,
  removedCount: removed,
  state: undefined,
});

function render(status: Partial<RepositoryStatus>, limits = { skip: 0, limit: 10 }): string {
  return renderStatus({ ...clean, ...status }, limits, painter(false));
}

describe('status', () => {
  test('of a clean tree names the branch', () => {
    expect(render({})).toBe(
      `On branch main -> ${headId}\n\nnothing to commit, working tree clean\n`,
    );
  });

  test('before the first commit has no branch line', () => {
    expect(render({ headId: undefined })).toBe('nothing to commit, working tree clean\n');
  });

  test('of a detached HEAD names the commit', () => {
    expect(render({ branch: undefined })).toContain(
      `You are in 'detached HEAD' state.\nHEAD is now at ${headId} second\n\n`,
    );
  });

  test('shows what is staged as the original does', () => {
    const text = render({
      headId: undefined,
      stagedDirectories: [
        directory('', 1, 0, 0),
        directory('images', 3, 0, 1),
        directory('images/sub', 1, 0, 0),
        { ...directory('empty', 0, 0, 0), state: 'added' },
      ],
      stagedFiles: [
        { path: path('README.md'), state: 'modified', hash },
        { path: path('big.bin'), state: 'added', hash },
        { path: path('t.csv'), state: 'removed', hash },
      ],
      movedFiles: [{ from: path('sp ace.txt'), to: path('moved.txt') }],
      untrackedFiles: paths('x.log'),
    });
    expect(text).toBe(`Directories to be committed
  added: images with 3 files
  removed: images with 1 file
  added: images/sub with 1 file
  added: empty

Files to be committed:
  (use "oxen restore --staged <file> ..." to unstage)
  modified: README.md
  new file: big.bin
  removed: t.csv
  moved: sp ace.txt -> moved.txt

Untracked Files
  (use "oxen add <file>..." to update what will be committed)
  x.log

`);
  });

  test('shows what differs in the working tree as the original does', () => {
    const text = render({
      modifiedFiles: paths('README.md', 'images/b.txt'),
      conflicts: [{ path: path('a.txt'), kind: 'both modified' }],
      untrackedDirectories: [
        { path: path('images'), itemCount: 2 },
        { path: path('sub'), itemCount: 1 },
      ],
      removedDirectories: paths('n1'),
      removedFiles: paths('a', 't.csv'),
    });
    expect(text).toBe(`On branch main -> ${headId}

Modified files:    (use "oxen add <file>..." to update what will be committed)
  modified: README.md
  modified: images/b.txt

Merge conflicts:    (use "oxen add <file>..." to mark resolution)
  both modified: a.txt

Untracked Directories
  (use "oxen add <dir>..." to update what will be committed)
  images (2 items)
  sub    (1 item)

Removed Files
  (use "oxen add/rm <file>..." to update what will be committed)
  removed: a
  removed: n1
  removed: t.csv

`);
  });

  test('counts the rows beyond the limit, also where all are skipped', () => {
    const many = Array.from({ length: 16 }, (_, index) =>
      path(`many${String(index).padStart(2, '0')}.txt`),
    );
    const status = { modifiedFiles: paths('README.md', 'images/b.txt'), untrackedFiles: many };
    expect(render(status, { skip: 12, limit: 3 })).toContain(
      'committed)\n\nUntracked Files\n  (use "oxen add <file>..." to update what will be committed)\n' +
        '  many12.txt\n  many13.txt\n  many14.txt\n  ... and 13 others\n\n',
    );
    expect(render(status, { skip: 0, limit: 0 })).toContain('  ... and 2 others\n\n');
    expect(render(status, { skip: 0, limit: Number.POSITIVE_INFINITY })).not.toContain('others');
  });

  test('tells of an unfinished checkout and of a merge that only has to be committed', () => {
    expect(render({ unfinishedCheckout: true })).toContain('"oxen checkout --abort"');
    expect(render({ mergingId: '9' as CommitId })).toContain('All conflicts with 9 are resolved.');
  });

  test('tells which part is here, and which files cannot be brought back from here', () => {
    const part = { subtrees: paths('images', 'labels'), depth: 2 };
    expect(render({ part })).toContain('\nA part of the files is here: images, labels (depth 2)\n');
    const text = render({ removedFiles: paths('a'), unrestorableFiles: paths('a') });
    expect(text).toContain(
      'Unrestorable files:\n  (use "oxen fetch --missing-files", then "oxen restore <file>...")\n  unrestorable: a\n',
    );
  });

  test('quotes names that could forge lines', () => {
    expect(render({ untrackedFiles: paths('a\nb') })).toContain('\n  "a\\nb"\n');
  });

  test('is coloured as the original is', () => {
    const text = renderStatus(
      {
        ...clean,
        stagedFiles: [{ path: path('a'), state: 'added', hash }],
        modifiedFiles: paths('b'),
        untrackedDirectories: [{ path: path('c'), itemCount: 2 }],
        untrackedFiles: paths('d'),
        removedFiles: paths('e'),
      },
      { skip: 0, limit: 10 },
      painter(true),
    );
    expect(text).toContain('\u001b[32m  new file: \u001b[0m\u001b[1;32ma\u001b[0m\n');
    expect(text).toContain('\u001b[33m  modified: \u001b[0m\u001b[1;33mb\u001b[0m\n');
    expect(text).toContain('\u001b[1;31m  c \u001b[0m(2 items)\n');
    expect(text).toContain('\u001b[1;31m  d\u001b[0m\n');
    expect(text).toContain('\u001b[31m  removed: \u001b[0m\u001b[1;31me\u001b[0m\n');
  });
});
