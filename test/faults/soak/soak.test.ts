/**
 * gc under load: writers add, commit, branch, delete branches and push, somebody clones, and gc runs in every repository all the time, each in a
 * process of its own. Afterwards everything that is named is whole and what is not is gone. Takes 20 seconds, or as many as
 * $OXEN_SOAK_SECONDS says.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createRemote } from '../../../src/api/remote.js';
import { Repository } from '../../../src/api/repository.js';
import { systemClock } from '../../../src/core/model/clock.js';
import { InlineJobs } from '../../../src/workers/inline.js';
import { nextLine, runModule, startModule } from '../../helpers/child.js';
import { committed, temporaryDirectory } from '../../helpers/repository.js';
import type { SoakPlan } from './roles.js';

const seconds = Number(process.env['OXEN_SOAK_SECONDS'] ?? 20);
const settings = { graceMs: 0, undoGraceMs: 0, largestDeadShare: 0 };

/** Runs a role in a process of its own and returns what it counted. */
async function play(role: string, plan: SoakPlan): Promise<Record<string, number>> {
  const output = await runModule(programOf(role), [JSON.stringify(plan)]);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '{}');
}

function programOf(role: string): string {
  return `
    import { ${role} } from './test/faults/soak/roles.ts';
    await ${role}(JSON.parse(process.argv[2]));
    process.exit(0);`;
}

function packBytes(root: string): number {
  const directory = join(root, '.oxen/versions/packs');
  const names = readdirSync(directory);
  return names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}

/** Every commit that is named can be restored, and nothing else takes space. */
async function checkWhole(root: string): Promise<void> {
  const options = { jobs: new InlineJobs(), workingDirectory: root };
  const repository = await Repository.open(root, options);
  expect((await repository.fsck()).problems).toEqual([]);
  for (const { name } of repository.branches()) {
    if (repository.stores.engineConfig().isBare) break;
    await repository.checkout(name, { force: true });
    expect((await repository.status()).modifiedFiles).toEqual([]);
  }
  await repository.gc(settings);
  const { storedBytes, deadBytes } = repository.storage();
  expect(packBytes(root)).toBe(storedBytes + deadBytes);
  expect(deadBytes).toBeLessThan(64 * 4096 + storedBytes / 10);
  expect((await repository.fsck()).problems).toEqual([]);
  await repository.close();
}

test(
  `gc loses nothing and frees everything in ${seconds} seconds of load`,
  async () => {
    const directory = temporaryDirectory();
    const plan = { seconds, seed: 0, url: '', roots: [], directory };
    const server = startModule(programOf('serve'), [JSON.stringify(plan)]);
    onTestFinished(() => void server.kill());
    const url = `http://127.0.0.1:${await nextLine(server)}/ada/soak`;
    await createRemote(url);
    const first = await committed({ start: 'here' }, { clock: systemClock });
    first.setRemote('origin', url);
    await first.push();
    const roots: string[] = [];
    for (const seed of [1, 2]) {
      const root = join(temporaryDirectory(), 'copy');
      const made = await Repository.clone(url, root, {
        jobs: new InlineJobs(),
        workingDirectory: root,
      });
      await made.repository.checkoutNewBranch(`w${seed}-main`);
      await made.repository.close();
      roots.push(root);
    }
    const served = join(directory, 'ada', 'soak');
    const all = [served, ...roots];
    const tallies = await Promise.all([
      ...roots.map((root, index) =>
        play('writeAndPush', { ...plan, seed: index + 1, url, roots: [root] }),
      ),
      play('cloneAndCheck', { ...plan, url, directory: temporaryDirectory() }),
      play('collect', { ...plan, url, roots: all }),
    ]);
    process.stdout.write(`${tallies.map((tally) => JSON.stringify(tally)).join('\n')}\n`);
    for (const root of all) await checkWhole(root);
    const clone = await Repository.clone(url, join(temporaryDirectory(), 'last'), {
      jobs: new InlineJobs(),
    });
    expect((await clone.repository.fsck()).problems).toEqual([]);
    await clone.repository.close();
    server.stdin?.end();
  },
  (seconds + 120) * 1000,
);
