import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exitCodes } from '../../src/core/model/errors.js';
import { environmentVariables } from '../../src/ui/environment-guide.js';
import { exitCodeMeanings } from '../../src/ui/exit-code-guide.js';

test('the guide to the environment has every variable that the sources read, and no other', () => {
  const read = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [
      ...readFileSync(join('src', file), 'utf8').matchAll(/(?:environment|env)\['([A-Z_]+)'\]/g),
    ])
    .map(([, name]) => name);
  const described = environmentVariables.map(([name]) => name);
  expect(described.toSorted()).toEqual([...new Set(read)].sort());
});

test('the guide to exit codes has each of them', () => {
  expect(exitCodeMeanings.map(([code]) => code)).toEqual([0, ...Object.values(exitCodes)]);
});
