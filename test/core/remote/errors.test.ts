import { expect, test } from 'vitest';
import { OperationError } from '../../../src/core/model/errors.js';
import {
  connectionFailure,
  harmlessText,
  refusalOf,
  ServerAnswer,
  serverAnswerOf,
} from '../../../src/core/remote/errors.js';

function refusal(status: number, type = '', text = 'Branch has moved') {
  return refusalOf('moving branch main', new ServerAnswer({ status, type, text, fields: {} }));
}

test.each([
  [400, '', 'remote', 6],
  [401, '', 'authentication', 5],
  [403, '', 'authentication', 5],
  [404, '', 'not-found', 3],
  [409, '', 'conflict', 4],
  [429, 'lock_timeout', 'busy', 8],
  [429, 'branch_head_mismatch', 'conflict', 4],
  [400, 'conflict', 'conflict', 4],
  [426, 'update_required', 'remote', 6],
  [500, 'internal_server_error', 'remote', 6],
  [507, '', 'remote', 6],
  [200, 'bad archive', 'remote', 6],
])('gives status %i with type "%s" the kind %s and exit code %i', (status, type, kind, code) => {
  const error = refusal(status, type);
  expect([error.kind, error.exitCode]).toEqual([kind, code]);
});

test('says what was refused in the words of the server, and what to do', () => {
  const error = refusal(409, 'branch_head_mismatch');
  expect(error.message).toBe('The server refused moving branch main: Branch has moved.');
  expect(error.hint).toBe('Fetch what is new first: oxen pull');
});

test('names the status when the server says nothing', () => {
  expect(refusal(503, '', '').message).toBe('The server refused moving branch main: status 503.');
});

test('keeps the answer as a cause', () => {
  const fields = { error: { missing_hashes: ['ab'] } };
  const answer = new ServerAnswer({ status: 404, type: 'x', text: 'x', fields }, '7');
  expect(serverAnswerOf(refusalOf('x', answer))).toBe(answer);
  expect(answer.retryAfterMs).toBe(7000);
  expect(serverAnswerOf(new OperationError('x'))).toBeUndefined();
});

test('takes terminal escapes, control characters and line ends out of what a server says', () => {
  const text = 'a\u001b[31mred\u001b[0m\r\nb\u0000c\u202egnp\u2028d\u0007 ';
  expect(harmlessText(text)).toBe('a[31mred[0m bcgnp d');
  expect(harmlessText('x'.repeat(10_000))).toHaveLength(603);
});

function broken(code: string, message = 'x') {
  return connectionFailure('http://h:1', Object.assign(new Error(message), { code }), false);
}

test('names the server and the reason when a connection fails', () => {
  const error = broken('ECONNREFUSED');
  expect(error.message).toBe('The connection to http://h:1 failed: nothing listens there.');
  expect([error.kind, error.exitCode]).toEqual(['remote', 6]);
});

test('finds the reason below the wrapping of the HTTP library and of several addresses', () => {
  const reset = Object.assign(new Error('x'), { code: 'ECONNRESET' });
  const wrapped = Object.assign(new Error('y', { cause: reset }), { code: 'UND_ERR_SOCKET' });
  expect(connectionFailure('http://h', wrapped, false).message).toContain('was reset');
  const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
  const all = new AggregateError([refused]);
  expect(connectionFailure('http://h', all, false).message).toContain('nothing listens');
});

test('says what to do about a certificate that is not trusted', () => {
  expect(broken('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate').hint).toContain(
    'NODE_EXTRA_CA_CERTS',
  );
});

test('lets errors of ours pass', () => {
  const error = new OperationError('disk full');
  expect(connectionFailure('http://h', error, true)).toBe(error);
});

test('takes an abort for the wish of the user', () => {
  expect(broken('UND_ERR_ABORTED').kind).toBe('interrupted');
  const abort = new DOMException('stop', 'AbortError');
  expect(connectionFailure('http://h', abort, true).kind).toBe('interrupted');
});
