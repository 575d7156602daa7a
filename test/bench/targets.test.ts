import { describe, expect, test } from 'vitest';
import type { ParticipantResult } from '../../bench/runner/participant.js';
import {
  atMostTimes,
  growthBelow,
  lessOverStartUp,
  sameCostPerFile,
  timesFasterThan,
} from '../../bench/runner/targets.js';

function result(name: string, wallSeconds: number, flushSeconds = 0): ParticipantResult {
  const sample = {
    wallSeconds,
    flushSeconds,
    cpuSeconds: 0,
    peakRssBytes: 0,
    storeBytesBefore: 100,
    storeBytesAfter: 105,
    stepSeconds: {},
  };
  return { name, isDurable: name === 'oxen', samples: [sample] };
}

describe('targets', () => {
  test('add the sync of a tool that does not sync, but not of ours', () => {
    const results = [result('oxen', 1.5, 9), result('tar', 0.5, 0.5)];
    expect(atMostTimes(1.5, 'tar')(results)).toEqual({
      target: '<= 1.5x tar',
      measured: '1.50x (3.00x without its sync)',
      isMet: true,
    });
  });

  test('compare plain times when nothing has to be durable', () => {
    const results = [result('oxen', 1.5), result('tar', 1, 9)];
    expect(atMostTimes(1.2, 'tar', { isDurable: false })(results).isMet).toBe(false);
  });

  test('subtract the start-up from ours', () => {
    const results = [result('oxen', 1), result('git', 0.5), result('node', 0.4)];
    const verdict = atMostTimes(1.5, 'git', { isDurable: false, subtract: 'node' })(results);
    expect(verdict.measured).toBe('1.20x');
    expect(lessOverStartUp(700, 'node')(results)).toMatchObject({
      measured: '600 ms',
      isMet: true,
    });
  });

  test('say when a side was not measured', () => {
    expect(timesFasterThan(40, 'real oxen')([result('oxen', 1)])).toEqual({
      target: '>= 40x faster than real oxen',
      measured: 'not measured',
    });
  });

  test('judge speed, growth and cost per file', () => {
    const results = [result('oxen', 1), result('slow', 30), result('many', 13), result('few', 1)];
    expect(timesFasterThan(40, 'slow')(results).isMet).toBe(false);
    expect(growthBelow(0.01, 1000)(results)).toMatchObject({ measured: '0.50 %', isMet: true });
    const many = { name: 'many', fileCount: 1000 };
    const few = { name: 'few', fileCount: 100 };
    expect(sameCostPerFile(1.3, many, few)(results)).toMatchObject({
      measured: '1.30x',
      isMet: true,
    });
  });
});
