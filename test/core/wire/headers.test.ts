import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../../src/core/model/errors.js';
import { isOutdatedAgent, requestIdOf, userAgent } from '../../../src/core/wire/headers.js';
import { metadataToJson } from '../../../src/core/wire/messages/metadata.js';
import { formatTimestamp, parseTimestamp } from '../../../src/core/wire/messages/rfc3339.js';
import {
  formatRemoteUrl,
  guessScheme,
  namespaceProblem,
  parseRemoteUrl,
  repositoryNameProblem,
} from '../../../src/core/wire/remote-url.js';

describe('the version gate', () => {
  test.each([
    'Oxen/0.35.9 (Linux; CLI)',
    'Oxen/0.36',
    'oxen',
    'oxen-ts/0.1.0',
    'OXEN/x.y.z',
    'some oxen thing',
  ])('turns away %s', (agent) => {
    expect(isOutdatedAgent(agent)).toBe(true);
  });

  test.each([
    undefined,
    '',
    'curl/8.0',
    'Mozilla/5.0',
    'PostmanRuntime/7 oxen',
    'oxen-ts/1.0.0',
    'Oxen/0.36.0',
    'Oxen/0.65.2 (Linux; CLI)',
    'Oxen/10.0.0',
  ])('lets %s in', (agent) => {
    expect(isOutdatedAgent(agent)).toBe(false);
  });

  test('lets our own client in', () => {
    expect(isOutdatedAgent(userAgent('linux', '0.1.0'))).toBe(false);
    expect(userAgent('linux', '0.1.0')).toBe('Oxen/0.65.2 (Linux; CLI) oxen-ts/0.1.0');
  });
});

describe('request ids', () => {
  test('are kept when they are well formed and made anew otherwise', () => {
    const make = () => 'made';
    expect(requestIdOf('abc_DEF-1', make)).toBe('abc_DEF-1');
    for (const bad of [undefined, '', 'a b', 'a\nb', 'x'.repeat(129), 'ü']) {
      expect(requestIdOf(bad, make)).toBe('made');
    }
  });
});

describe('remote URLs', () => {
  test('come back as they were written', () => {
    for (const text of [
      'https://hub.oxen.ai/ox/CatDogBBox',
      'http://localhost:3000/ns/name.x-1',
      'http://127.0.0.1:80/ns/name',
      'https://[::1]:8443/ns/name',
    ]) {
      expect(formatRemoteUrl(parseRemoteUrl(text))).toBe(text);
      expect(parseRemoteUrl(`${text}/`)).toEqual(parseRemoteUrl(text));
    }
  });

  test.each([
    '',
    'hub.oxen.ai/ns/name',
    'ftp://host/ns/name',
    'file:///etc/passwd',
    'http://host/ns',
    'http://host/ns/name/more',
    'http://host/../name',
    'http://host/ns/..%2fx',
    'http://host/ns/name?x=1',
    'http://host/ns/name#x',
    'http://host/n/name',
    'http://host/ns/-x',
    'http://ho st/ns/name',
  ])('cannot be %s', (text) => {
    expect(() => parseRemoteUrl(text)).toThrow(InvalidInputError);
  });

  test('with a password are refused without showing it', () => {
    expect(() => parseRemoteUrl('https://user:secret@host/ns/name')).toThrow(/^(?!.*secret)/);
  });

  test('get a scheme by their host', () => {
    expect(guessScheme('localhost:3000')).toBe('http');
    expect(guessScheme('hub.oxen.ai')).toBe('https');
  });

  test('hold names that stock servers accept', () => {
    expect(namespaceProblem('o')).toContain('Invalid namespace name');
    expect(repositoryNameProblem('-bad')).toContain('Invalid repository name');
    expect(namespaceProblem('ox') ?? repositoryNameProblem('a.b_c-d')).toBeUndefined();
  });
});

describe('points in time', () => {
  test.each([
    ['2026-11-21T08:15:46.493533107Z', 493_533_107],
    ['2026-11-21T08:15:48.15707145Z', 157_071_450],
    ['2025-10-09T08:53:20Z', 0],
    ['0000-01-01T00:00:00Z', 0],
  ])('%s comes back as it was written', (text, nanoseconds) => {
    expect(parseTimestamp(text).nanoseconds).toBe(nanoseconds);
    expect(formatTimestamp(parseTimestamp(text))).toBe(text);
  });

  test('may have an offset', () => {
    const utc = parseTimestamp('2026-01-01T00:00:00Z');
    expect(parseTimestamp('2026-01-01T05:30:00+05:30')).toEqual(utc);
    expect(parseTimestamp('2025-12-31T19:00:00-05:00')).toEqual(utc);
  });

  test.each([
    '',
    '2026',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01',
    '2026-01-01T00:00:00',
    `2026-01-01T00:00:00.${'0'.repeat(100)}Z`,
  ])('cannot be %s', (text) => {
    expect(() => parseTimestamp(text)).toThrow(InvalidInputError);
  });

  test('of any commit come back', () => {
    const seconds = fc.integer({ min: -62_167_219_200, max: 253_402_300_799 });
    const nanoseconds = fc.integer({ min: 0, max: 999_999_999 });
    fc.assert(
      fc.property(fc.record({ seconds, nanoseconds }), (timestamp) => {
        expect(parseTimestamp(formatTimestamp(timestamp))).toEqual(timestamp);
      }),
    );
  });
});

describe('metadata', () => {
  test('of every kind has the members of the API', () => {
    expect(metadataToJson(undefined)).toBeNull();
    expect(metadataToJson({ kind: 'image', width: 2, height: 3 })).toEqual({
      image: { width: 2, height: 3, color_space: null },
    });
    expect(metadataToJson({ kind: 'video', seconds: 1.5, width: 2, height: 3 })).toEqual({
      video: { num_seconds: 1.5, width: 2, height: 3 },
    });
    expect(
      metadataToJson({ kind: 'audio', seconds: 1.5, channelCount: 2, sampleRate: 44_100 }),
    ).toEqual({ audio: { num_seconds: 1.5, num_channels: 2, sample_rate: 44_100 } });
    const fields = [{ name: 'x', dtype: 'i64' }];
    expect(
      metadataToJson({ kind: 'tabular', width: 1, height: 9, schemaHash: 'ab', fields }),
    ).toEqual({
      tabular: {
        width: 1,
        height: 9,
        schema: {
          hash: 'ab',
          fields: [{ name: 'x', dtype: 'i64', metadata: null, changes: null }],
          metadata: null,
        },
      },
    });
  });
});
