import { expect, test } from 'vitest';
import type { Participant } from '../../bench/runner/participant.js';
import { runRounds } from '../../bench/runner/rounds.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

const cwd = temporaryDirectory();

function participant(name: string, program: string, calls: string[]): Participant {
  return {
    name,
    isDurable: true,
    stores: () => [],
    warm: () => [],
    prepare: () => {
      calls.push(`prepare ${name}`);
    },
    before: (round) => {
      calls.push(`${name} ${round}`);
    },
    steps: () => [{ label: program, argv: [program], cwd, env: process.env }],
    finish: () => {
      calls.push(`finish ${name}`);
    },
  };
}

test('turns the order of the participants from round to round', async () => {
  const calls: string[] = [];
  const participants = [participant('a', 'true', calls), participant('b', 'true', calls)];
  const results = await runRounds(participants, { roundCount: 2, report: () => undefined });
  expect(calls).toEqual([
    ...['prepare a', 'prepare b'],
    ...['a 0', 'b 0', 'b 1', 'a 1'],
    ...['finish a', 'finish b'],
  ]);
  expect(results.map(({ samples }) => samples.length)).toEqual([2, 2]);
});

test('asks some participants for one round only', async () => {
  const calls: string[] = [];
  const participants = [participant('slow', 'true', calls), participant('fast', 'true', calls)];
  const results = await runRounds(participants, {
    roundCount: 3,
    isOnce: (name) => name === 'slow',
    report: () => undefined,
  });
  expect(results.map(({ samples }) => samples.length)).toEqual([1, 3]);
});

test('leaves out a participant that has failed and goes on with the others', async () => {
  const calls: string[] = [];
  const participants = [participant('bad', 'false', calls), participant('good', 'true', calls)];
  const results = await runRounds(participants, { roundCount: 2, report: () => undefined });
  expect(results[0]).toMatchObject({
    name: 'bad',
    samples: [],
    failure: 'false failed (exit 1): ',
  });
  expect(results[1]?.samples).toHaveLength(2);
  expect(calls).not.toContain('bad 1');
  expect(calls).toContain('finish bad');
});
