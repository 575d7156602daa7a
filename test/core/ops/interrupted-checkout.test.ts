import { describe, expect, test, vi } from 'vitest';
import type { Repository } from '../../../src/api/repository.js';
import { commitIdOf } from '../../../src/core/format/commit-id.js';
import { parseNode, payloadOf } from '../../../src/core/format/node-file.js';
import type { Jobs } from '../../../src/core/jobs.js';
import type { Hash } from '../../../src/core/model/hash.js';
import { isClean } from '../../../src/core/model/status.js';
import { commitBlobs } from '../../../src/core/ops/commit.js';
import { InlineJobs } from '../../../src/workers/inline.js';
import { commitAll, committed, read, write } from '../../helpers/repository.js';

/** Jobs that fail from the n-th write to the working tree on, as if the process had been killed there. */
class FailingJobs extends InlineJobs implements Jobs {
  left = Number.POSITIVE_INFINITY;

  override run: InlineJobs['run'] = async (name, input) => {
    if (name === 'materialise' && this.left-- <= 0) throw new Error('killed');
    return super.run(name, input);
  };
}

const first = { a: '1', 'd/b': '2', 'd/c': '3', gone: 'x' };
const second = { a: '10', 'd/b': null, 'e/f': '4', gone: null, new: '5' };

/** Makes a branch `third` with a commit of its own, without touching the working tree. */
async function commitOnThird(made: Repository): Promise<void> {
  const head = made.stores.headTree();
  const blobs = made.stores.nodes.read(head?.rootId as Hash);
  if (head === undefined || blobs === undefined) throw new Error('no commit');
  const fields = { ...head.commit, parentIds: [head.commit.id], message: 'third' };
  const id = commitIdOf(fields, head.rootId);
  made.stores.environment.transaction(() => {
    const payload = payloadOf(parseNode(blobs));
    made.stores.nodes.put(id, commitBlobs({ ...fields, id }, head.rootId, payload));
  });
  made.forceBranch('third', id);
}

async function interrupted() {
  const jobs = new FailingJobs();
  const made = await committed(first, { jobs });
  await made.checkoutNewBranch('other');
  await commitAll(made, 'second', second);
  const after = read(made.root);
  await made.checkout('main');
  jobs.left = 0;
  await expect(made.checkout('other')).rejects.toThrow('killed');
  jobs.left = Number.POSITIVE_INFINITY;
  return { made, after, jobs };
}

describe('an interrupted checkout', () => {
  test('is told by status and finished by the same command', async () => {
    const { made, after } = await interrupted();
    expect((await made.status()).unfinishedCheckout).toBe(true);
    await made.checkout('other');
    expect(read(made.root)).toEqual(after);
    const state = await made.status();
    expect(isClean(state)).toBe(true);
    expect(state.unfinishedCheckout).toBe(false);
  });

  test('is taken back by abort', async () => {
    const { made } = await interrupted();
    await made.abortCheckout();
    expect(read(made.root)).toEqual(first);
    const state = await made.status();
    expect(state.branch).toBe('main');
    expect(isClean(state)).toBe(true);
  });

  test('is finished after an abort that was interrupted too', async () => {
    const { made, after, jobs } = await interrupted();
    jobs.left = 0;
    await expect(made.checkout('main')).rejects.toThrow('killed');
    jobs.left = Number.POSITIVE_INFINITY;
    await made.checkout('other');
    expect(read(made.root)).toEqual(after);
    expect(isClean(await made.status())).toBe(true);
  });

  test('leaves nothing to finish when it went to the commit that is checked out', async () => {
    const { made } = await interrupted();
    await made.abortCheckout();
    vi.spyOn(made.stores, 'writeHead').mockImplementationOnce(() => {
      throw new Error('killed');
    });
    await expect(made.checkout('main')).rejects.toThrow('killed');
    expect((await made.status()).unfinishedCheckout).toBe(false);
  });

  test('still refuses to overwrite what the user wrote meanwhile', async () => {
    const { made } = await interrupted();
    write(made.root, { new: 'mine' });
    await expect(made.checkout('other')).rejects.toThrow('Local changes');
    expect(read(made.root)['new']).toBe('mine');
  });

  test('does not go anywhere else before it is finished or aborted', async () => {
    const { made } = await interrupted();
    await commitOnThird(made);
    await expect(made.checkout('third')).rejects.toThrow('interrupted');
  });
});
