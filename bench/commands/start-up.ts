/** What it costs to start: bare Node, `oxen --version`, `oxen status` in a small repository, beside git. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOxen } from '../rivals/oxen.js';
import { type Place, stepIn } from '../rivals/place.js';
import type { Participant } from '../runner/participant.js';
import type { Step } from '../runner/step.js';
import { atMostTimes, type Target } from '../runner/targets.js';
import type { CaseContext, CommandCase } from './case.js';
import { runUnmeasured } from './working-copy.js';

const repeatCount = 20;
const bareNode = 'node -e 0';

/** Returns the participant that starts Node and does nothing, as often as the measured tool has commands. */
export function nodeStartUp(context: CaseContext, options: { commandCount: number }): Participant {
  const place = { root: context.cache, env: context.env };
  const start: Step = {
    ...stepIn(place, 'node', [process.execPath, '-e', '0']),
    repeatCount,
  };
  return {
    name: bareNode,
    isDurable: true,
    stores: () => [],
    warm: () => [],
    steps: () => Array.from({ length: options.commandCount }, () => start),
  };
}

function repeated(
  place: Place,
  name: string,
  step: Step,
  setUp: Pick<Participant, 'prepare' | 'finish'> = {},
): Participant {
  return {
    name,
    isDurable: true,
    stores: () => [],
    warm: () => [],
    steps: () => [{ ...step, cwd: place.root, repeatCount }],
    ...setUp,
  };
}

function atMostBareNode(limit: number, name: string): Target {
  const judge = atMostTimes(limit, bareNode, { isDurable: false });
  return (results) => {
    const renamed = results
      .filter((result) => result.name === name || result.name === bareNode)
      .map((result) => (result.name === name ? { ...result, name: 'oxen' } : result));
    const verdict = judge(renamed);
    return { ...verdict, target: `${name}: ${verdict.target}` };
  };
}

/** The case. */
export const startUpCase: CommandCase = {
  name: 'start-up',
  family: 'start-up',
  summary: `the shortest commands, mean of ${repeatCount} starts a round`,
  plan: (context) => {
    const place = { root: join(context.cache, 'work', 'start-up'), env: context.env };
    const prepare = async () => {
      mkdirSync(place.root, { recursive: true });
      for (const name of ['a', 'b', 'c']) writeFileSync(join(place.root, `${name}.txt`), name);
      await runUnmeasured([
        runOxen(place, 'init', 'init'),
        runOxen(place, 'add', 'add', '.'),
        runOxen(place, 'commit', 'commit', '-m', 'small'),
      ]);
    };
    const finish = () => rmSync(place.root, { recursive: true, force: true });
    const outside = { root: context.cache, env: context.env };
    return {
      dataSets: [],
      participants: [
        nodeStartUp(context, { commandCount: 1 }),
        repeated(outside, 'oxen --version', runOxen(outside, 'version', '--version')),
        repeated(place, 'oxen status', runOxen(place, 'status', 'status'), { prepare, finish }),
        repeated(outside, 'git --version', stepIn(outside, 'version', ['git', '--version'])),
      ],
      targets: [atMostBareNode(1.3, 'oxen --version'), atMostBareNode(2.5, 'oxen status')],
    };
  },
};
