import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commitIdOf, originalCommitId } from '../../../src/core/format/commit-id.js';
import { type CommitId, hashToBytes, parseHash } from '../../../src/core/model/hash.js';
import {
  loadVectors,
  oracleHash,
  type RecordedCommit,
  recordedCases,
} from '../../helpers/node-vectors.js';

type Recorded = Pick<
  RecordedCommit,
  'id' | 'parents' | 'message' | 'author' | 'email' | 'unix_seconds'
>;

function fieldsOf(recorded: Recorded) {
  return {
    parentIds: recorded.parents.map((parent) => parseHash(parent) as CommitId),
    message: recorded.message,
    author: recorded.author,
    email: recorded.email,
    timestamp: { seconds: recorded.unix_seconds, nanoseconds: 5 },
  };
}

const recorded: Recorded[] = [
  ...loadVectors<{ commit_id: Recorded[] }>('unit').commit_id,
  ...[...recordedCases, 'big25k'].flatMap(
    (name) => loadVectors<{ commits: Recorded[] }>(name).commits,
  ),
];

test.each(recorded)('gives the id of the original to $id', (commit) => {
  expect(originalCommitId(fieldsOf(commit))).toBe(parseHash(commit.id));
});

test('hashes the input of the original and the root directory', () => {
  fc.assert(
    fc.property(
      fc.array(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), { maxLength: 3 }),
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
      (parents, message, seconds, root) => {
        const parentIds = parents.map((parent) => parseHash(parent.toString(16)) as CommitId);
        const rootId = parseHash(root.toString(16));
        const time = Buffer.alloc(8);
        time.writeBigInt64LE(BigInt(seconds));
        const list = `[${parentIds.map((id) => JSON.stringify(id)).join(', ')}]`;
        const input = [Buffer.from(`commit${list}${message}AdaMail`), time];
        const fields = {
          parentIds,
          message,
          ...{ author: 'Ada', email: 'Mail', timestamp: { seconds, nanoseconds: 0 } },
        };
        expect(originalCommitId(fields)).toBe(oracleHash(Buffer.concat(input)));
        expect(commitIdOf(fields, rootId)).toBe(
          oracleHash(Buffer.concat([...input, hashToBytes(rootId)])),
        );
      },
    ),
  );
});
