import { expect, test } from 'vitest';
import { ConflictError } from '../../../src/core/model/errors.js';
import { describeDatabaseError, isDatabaseError } from '../../../src/core/store/database-errors.js';
import { networkFileSystemName } from '../../../src/core/store/network-file-system.js';

const lmdbError = (code: number) => Object.assign(new Error('MDB_SOMETHING'), { code });

test.each([
  [28, 'failure', 'no space left on the device'],
  [122, 'failure', 'the disk quota is used up'],
  [13, 'failure', 'permission denied'],
  [30, 'failure', 'the file system is read-only'],
  [-30792, 'failure', 'no more address space'],
  [-30796, 'integrity', 'is damaged'],
  [-30797, 'integrity', 'is damaged'],
  [-30790, 'busy', 'too many processes'],
])('code %i of LMDB is a %s: %s', (code, kind, message) => {
  const error = describeDatabaseError(lmdbError(code), 'It failed', '/somewhere');
  expect(error).toMatchObject({ kind, message: expect.stringContaining(message) });
  expect(error.message).toContain('/somewhere');
});

test('errors of ours stay as they are, and mistakes are not taken for errors of LMDB', () => {
  const conflict = new ConflictError('moved');
  expect(describeDatabaseError(conflict, 'It failed', '/somewhere')).toBe(conflict);
  expect(isDatabaseError(new TypeError('mistake'))).toBe(false);
  expect(isDatabaseError(lmdbError(28))).toBe(true);
});

test('a local directory is not taken for a network file system', () => {
  expect(networkFileSystemName('/')).toBeUndefined();
  expect(networkFileSystemName('/does/not/exist')).toBeUndefined();
});
