/** A server of ours that lies on the fast path: nothing wrong is published, and the failure has its kind. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Repository } from '../../../src/api/repository.js';
import { hashBytes } from '../../../src/core/format/hashing.js';
import { recordHeaderLength, recordKinds } from '../../../src/core/format/pack-record.js';
import type { Hash } from '../../../src/core/model/hash.js';
import { encodeFrameHeader, encodePreamble } from '../../../src/core/wire/fast/frame.js';
import { recordsFrame } from '../../../src/core/wire/fast/payloads.js';
import type { CountingProxy } from '../../helpers/counting-proxy.js';
import { contentRecord, recordStream, streamOf, vnodeRecord } from '../../helpers/frames.js';
import { temporaryDirectory } from '../../helpers/repository.js';
import { cloneOf, pushed } from '../../helpers/shared-repository.js';

const fast = { offersFast: true };
const preambleAndHeader = 8 + 20;

/** Changes the answers with records of one kind; those of others pass as they are. */
function lieAbout(
  proxy: CountingProxy,
  kind: number,
  lie: (answer: Buffer) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): void {
  proxy.rewrite = ({ path }, answer) =>
    path === 'R/fast/wishes' && answer[preambleAndHeader + 8] === kind ? lie(answer) : undefined;
}

async function expectNothing(proxy: CountingProxy, url: string, kind: RegExp): Promise<void> {
  const path = join(temporaryDirectory(), 'copy');
  const failure = await cloneOf(url, path, fast).catch((error: unknown) => error);
  expect(failure).toMatchObject({ kind: expect.stringMatching(kind) });
  await expect(Repository.open(path)).rejects.toThrow('was interrupted');
  proxy.rewrite = () => undefined;
  const { repository } = await cloneOf(url, path, fast);
  expect((await repository.fsck()).problems).toEqual([]);
}

function flipped(answer: Buffer, at: number): [Buffer] {
  const changed = Buffer.from(answer);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return [changed];
}

/** Lies about contents, each as what is sent in the place of the right answer. */
const lies: readonly (readonly [string, (answer: Buffer) => Promise<Uint8Array> | Uint8Array])[] = [
  ['a changed byte', (answer) => flipped(answer, preambleAndHeader + recordHeaderLength)[0]],
  ['a changed header', (answer) => flipped(answer, preambleAndHeader + 20)[0]],
  ['a wrong length', (answer) => flipped(answer, preambleAndHeader + 12)[0]],
  ['a stream that is cut off', (answer) => answer.subarray(0, -30)],
  ['nothing', () => streamOf([])],
  ['frames without records', () => streamOf([recordsFrame(new Uint8Array(0), 0)])],
  ['what was not wished for', () => recordStream([contentRecord(Buffer.from('a cow'))])],
  [
    'other bytes under the right name',
    () => recordStream([contentRecord(Buffer.from('a cow'), hashBytes(Buffer.from('a cat')))]),
  ],
  [
    'a chunk in the place of a content',
    () => recordStream([contentRecord(Buffer.from('a cat'), undefined, recordKinds.chunk)]),
  ],
  ['a node in the place of a content', () => recordStream([vnodeRecord('abc' as Hash, ['a'])])],
  ['no frames at all', () => Buffer.from('<html>Sign in first</html>')],
];

test.each(lies)('%s in the place of contents is noticed', async (_, lie) => {
  const { url, proxy } = await pushed(fast);
  lieAbout(proxy, recordKinds.content, (answer) =>
    (async function* () {
      yield await lie(answer);
    })(),
  );
  await expectNothing(proxy, url, /integrity/);
});

test.each([
  '../x',
  '.oxen',
  'a/b',
  '..',
  'nul\0',
])('a node with an entry named %j is refused', async (name) => {
  const { url, proxy } = await pushed(fast);
  lieAbout(proxy, recordKinds.node, (answer) => {
    const id = answer.subarray(preambleAndHeader + 16, preambleAndHeader + 32);
    const text = Buffer.from(id).reverse().toString('hex').replace(/^0+/, '');
    return (async function* () {
      yield await recordStream([vnodeRecord(text as Hash, [name])]);
    })();
  });
  await expectNothing(proxy, url, /integrity/);
});

test('an answer that does not end is left', async () => {
  const { url, proxy } = await pushed(fast);
  const record = contentRecord(Buffer.from('a cat'));
  const frame = recordsFrame(record, 1);
  let sentCount = 0;
  lieAbout(proxy, recordKinds.content, () =>
    (async function* () {
      yield encodePreamble();
      for (; sentCount < 100_000; sentCount++) {
        yield encodeFrameHeader(frame);
        yield record;
      }
    })(),
  );
  await expectNothing(proxy, url, /integrity|remote/);
  expect(sentCount).toBeLessThan(100_000);
});

test('a directory that is not what its id says is refused before a branch points to it', async () => {
  const { url, proxy } = await pushed(fast);
  let isFirst = true;
  lieAbout(proxy, recordKinds.node, (answer) => {
    const id = answer.subarray(preambleAndHeader + 16, preambleAndHeader + 32);
    const text = Buffer.from(id).reverse().toString('hex').replace(/^0+/, '') as Hash;
    const isVnode = isFirst && answer.includes('readme.md');
    if (!isVnode) return [answer];
    isFirst = false;
    return (async function* () {
      yield await recordStream([vnodeRecord(text, ['readme.md'])]);
    })();
  });
  const path = join(temporaryDirectory(), 'copy');
  await expect(cloneOf(url, path, fast)).rejects.toMatchObject({ kind: 'integrity' });
  await expect(Repository.open(path)).rejects.toThrow('was interrupted');
});
