import { expect, test } from 'vitest';
import { findToken, originOf } from '../../../src/core/remote/token.js';
import { parseRemoteUrl } from '../../../src/core/wire/remote-url.js';

const tokens = new Map([
  ['hub.oxen.ai', 'hub'],
  ['data.example:3000', 'three'],
  ['localhost', 'local'],
  ['http://plain.example', 'plain'],
  ['secure.example:443', 'secure'],
]);

test.each([
  ['https://hub.oxen.ai/ns/repo', 'hub'],
  ['http://hub.oxen.ai/ns/repo', undefined],
  ['https://hub.oxen.ai:8443/ns/repo', undefined],
  ['https://hub.oxen.ai.evil.example/ns/repo', undefined],
  ['https://other.hub.oxen.ai/ns/repo', undefined],
  ['http://data.example:3000/ns/repo', 'three'],
  ['http://data.example:3001/ns/repo', undefined],
  ['http://localhost/ns/repo', 'local'],
  ['http://plain.example/ns/repo', 'plain'],
  ['https://plain.example/ns/repo', undefined],
  ['https://secure.example:443/ns/repo', 'secure'],
])('gives %s the token %s', (url, expected) => {
  const remote = parseRemoteUrl(url);
  const token = findToken(tokens, remote);
  expect(token?.value).toBe(expected);
  if (token !== undefined) expect(token.origin).toBe(originOf(remote));
});

test('writes origins without the default port', () => {
  expect(originOf({ scheme: 'https', host: 'Example.org:443' })).toBe('https://example.org');
  expect(originOf({ scheme: 'http', host: '127.0.0.1:3000' })).toBe('http://127.0.0.1:3000');
});
