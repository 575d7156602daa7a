import { expect, test } from 'vitest';
import { InterruptedError, NotFoundError } from '../../../src/core/model/errors.js';
import { connectionFailure, refusalOf, ServerAnswer } from '../../../src/core/remote/errors.js';
import { retryDelay, withRetries } from '../../../src/core/remote/retry.js';
import { fakePace } from '../../helpers/fake-pace.js';

function refusal(status: number, type = '', retryAfter?: string) {
  const failure = { status, type, text: 'no', fields: {} };
  return refusalOf('a test', new ServerAnswer(failure, retryAfter));
}

function broken(code: string, wasConnected = false) {
  return connectionFailure('http://h', Object.assign(new Error('x'), { code }), wasConnected);
}

function failing(errors: unknown[]) {
  const left = [...errors];
  return async () => {
    const error = left.shift();
    if (error !== undefined) throw error;
    return 'done';
  };
}

test('asks a busy server again after 300 ms and a little more', async () => {
  const pace = fakePace(0.5);
  const run = failing([refusal(429), refusal(408), refusal(425)]);
  expect(await withRetries(run, { retryCount: 5, pace })).toBe('done');
  expect(pace.waits).toEqual([551, 554, 559]);
});

test('waits as long as a busy server asks for, but no more than a minute', async () => {
  const pace = fakePace();
  const run = failing([refusal(429, '', '5'), refusal(503, '', '86400')]);
  await withRetries(run, { retryCount: 5, pace });
  expect(pace.waits).toEqual([5000, 60_000]);
});

test('takes a retry-after that is no number of seconds for none', () => {
  expect(retryDelay(refusal(429, '', 'Fri, 21 Nov 2026'), 1, () => 0)).toBe(301);
});

test('tries a lost server again after 1, 4, 9, 16 and 25 seconds and then gives up', async () => {
  const pace = fakePace(0);
  const errors = Array.from({ length: 6 }, () => broken('ECONNRESET'));
  await expect(withRetries(failing(errors), { retryCount: 5, pace })).rejects.toBe(errors[5]);
  expect(pace.waits).toEqual([1000, 4000, 9000, 16_000, 25_000]);
});

test('spreads tries by the random source', () => {
  expect(retryDelay(refusal(502), 1, () => 0)).toBe(1000);
  expect(retryDelay(refusal(502), 1, () => 0.998)).toBe(1499);
});

test.each([
  400, 401, 403, 404, 409, 413, 415, 422, 426, 500, 501, 507,
])('takes status %i for final', (status) => {
  expect(retryDelay(refusal(status), 1, () => 0)).toBeUndefined();
});

test('does not ask again whether a branch moved', () => {
  expect(retryDelay(refusal(429, 'branch_head_mismatch'), 1, () => 0)).toBeUndefined();
});

test.each([
  ['ECONNREFUSED', false, false],
  ['ECONNREFUSED', true, true],
  ['ENOTFOUND', true, false],
  ['UND_ERR_SOCKET', false, true],
  ['UND_ERR_BODY_TIMEOUT', false, true],
  ['CERT_HAS_EXPIRED', false, false],
  ['TOO_SLOW', true, false],
])('judges %s after an answer: %s', (code, wasConnected, isTriedAgain) => {
  expect(retryDelay(broken(code, wasConnected), 1, () => 0) !== undefined).toBe(isTriedAgain);
});

test('does not try again what is no failure of the network', async () => {
  const pace = fakePace();
  const error = new NotFoundError('no');
  await expect(withRetries(failing([error]), { retryCount: 5, pace })).rejects.toBe(error);
  expect(pace.waits).toEqual([]);
});

test('tells each try its number', async () => {
  const numbers: number[] = [];
  const run = failing([refusal(503), refusal(503)]);
  await withRetries(
    async (number) => {
      numbers.push(number);
      return run();
    },
    { retryCount: 2, pace: fakePace() },
  );
  expect(numbers).toEqual([0, 1, 2]);
});

test('ends a wait when the user wants to stop', async () => {
  const controller = new AbortController();
  controller.abort();
  const options = { retryCount: 5, pace: fakePace(), signal: controller.signal };
  await expect(withRetries(failing([refusal(503)]), options)).rejects.toThrow(InterruptedError);
});
