/**
 * What the processes of the soak test do, each until its time is over: one serves, writers change, commit, branch and push, one
 * clones, one collects garbage everywhere. The last line that a process prints is what it did, as JSON. It ends
 * with an error as soon as anything is lost.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Repository } from '../../../src/api/repository.js';
import { systemClock } from '../../../src/core/model/clock.js';
import { OxenError } from '../../../src/core/model/errors.js';
import { defaultLimits, OxenServer } from '../../../src/server/server.js';
import { InlineJobs } from '../../../src/workers/inline.js';

/** The argument of every role. */
export interface SoakPlan {
  readonly seconds: number;
  readonly seed: number;
  readonly url: string; // of the served repository
  readonly roots: readonly string[]; // repositories: of the one writer, or of all for the collector
  readonly directory: string; // what is served, or where clones go
}

const ada = { name: 'Ada Lovelace', email: 'ada@example.com' };
const branchCount = 4;

/** Counts what was done, by its name. */
class Tally {
  readonly #counts: Record<string, number> = {};

  add(name: string): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
  }

  print(): void {
    process.stdout.write(`${JSON.stringify(this.#counts)}\n`);
  }
}

/** A sequence of numbers from 0 up to a limit that belongs to a seed. */
function randomOf(seed: number): (limit: number) => number {
  let state = seed + 1;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function isOver({ seconds }: SoakPlan): boolean {
  return performance.now() > seconds * 1000;
}

/** Serves until its input ends; the first line it prints is its port. */
export async function serve({ directory }: SoakPlan): Promise<void> {
  const server = await OxenServer.start({
    directory,
    host: '127.0.0.1',
    port: 0,
    needsToken: false,
    allowPlainForce: true,
    limits: defaultLimits,
    jobs: new InlineJobs(),
    writer: new InlineJobs(), // transactions are rehearsed first
    clock: systemClock,
    log: () => undefined,
  });
  process.stdout.write(`${server.port}\n`);
  for await (const _ of process.stdin);
  await server.stop();
}

/** Changes files, commits, makes and deletes branches, pushes and deletes remote ones. */
export async function writeAndPush(plan: SoakPlan): Promise<void> {
  const [root = ''] = plan.roots;
  const random = randomOf(plan.seed);
  const jobs = new InlineJobs();
  const made = await Repository.open(root, { jobs, workingDirectory: root });
  const tally = new Tally();
  const own = `w${plan.seed}`;
  while (!isOver(plan)) {
    const branch = `${own}-${random(branchCount)}`;
    const action = random(10);
    if (action < 5) await change(made, random, tally);
    else if (action === 5) await moveTo(made, branch, tally);
    else if (action === 6) await dropBranch(made, branch, own, tally);
    else if (action < 9) await pushCurrent(made, tally);
    else await dropRemote(made, branch, tally);
  }
  await made.close();
  await jobs.close();
  tally.print();
}

async function change(
  made: Repository,
  random: (limit: number) => number,
  tally: Tally,
): Promise<void> {
  // The same contents come again and again: they die, are collected, and are stored anew.
  for (let count = random(6); count >= 0; count--) {
    const directory = join(made.root, `d${random(3)}`);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `f${random(8)}`), contentOf(random(40)));
  }
  writeFileSync(join(made.root, 'step'), `${random(1e9)}`);
  await made.add(['.']);
  tally.add('add');
  if (random(4) === 0) return; // it stays staged while gc runs
  await made.commit('change', ada);
  tally.add('commit');
}

/** Every eighth content is a large file, every third one a text. */
function contentOf(seed: number): Buffer {
  const random = randomOf(seed);
  if (seed % 3 === 0) return Buffer.from(`line ${seed}\n`.repeat(200 + random(5000)));
  const wordCount = seed % 8 === 1 ? 1_100_000 + random(100_000) : 500 + random(15_000);
  const bytes = Buffer.alloc(wordCount * 4);
  for (let word = 0; word < wordCount; word++) bytes.writeUInt32LE(random(2 ** 32), word * 4);
  return bytes;
}

async function moveTo(made: Repository, branch: string, tally: Tally): Promise<void> {
  await tolerate(tally, ['not-found'], async () => void (await made.unstage(['.'])));
  if (made.branches().some(({ name }) => name === branch))
    await made.checkout(branch, { force: true });
  else await made.checkoutNewBranch(branch);
  tally.add('checkout');
}

async function dropBranch(
  made: Repository,
  branch: string,
  own: string,
  tally: Tally,
): Promise<void> {
  if (!made.branches().some(({ name }) => name === branch)) return;
  if (made.currentBranch() === branch) await moveTo(made, `${own}-main`, tally);
  made.deleteBranch(branch, { force: true });
  tally.add('branch -D');
}

async function pushCurrent(made: Repository, tally: Tally): Promise<void> {
  await tolerate(tally, ['conflict', 'non-fast-forward'], async () => {
    await made.push(made.pushTarget(), { force: true });
    tally.add('push');
  });
}

async function dropRemote(made: Repository, branch: string, tally: Tally): Promise<void> {
  await tolerate(tally, ['not-found'], async () => {
    await made.pushDelete(made.pushTarget('origin', branch));
    tally.add('push -d');
  });
}

/** Runs `work`; errors of the given kinds are counted, others end the process. */
async function tolerate(
  tally: Tally,
  kinds: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof OxenError) || !kinds.includes(error.kind)) throw error;
    tally.add(error.kind);
  }
}

/** Clones the branch `main`, which never goes away, and checks the clone. */
export async function cloneAndCheck(plan: SoakPlan): Promise<void> {
  const tally = new Tally();
  for (let index = 0; !isOver(plan); index++) {
    const path = join(plan.directory, `clone-${index}`);
    const { repository } = await Repository.clone(plan.url, path, { jobs: new InlineJobs() });
    const { problems } = await repository.fsck();
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    await repository.close();
    rmSync(path, { recursive: true });
    tally.add('clone');
    await wait(200);
  }
  tally.print();
}

/** Collects in all repositories, one after the other. */
export async function collect(plan: SoakPlan): Promise<void> {
  const tally = new Tally();
  const jobs = new InlineJobs();
  while (!isOver(plan)) {
    for (const root of plan.roots) {
      const repository = await Repository.open(root, { jobs });
      await tolerate(tally, ['busy'], async () => {
        const settings = { graceMs: 20_000, undoGraceMs: 0, largestDeadShare: 0.1 };
        const { contents, nodes } = await repository.gc(settings);
        tally.add('gc');
        if (contents.removedCount + nodes.removedCount > 0) tally.add('gc that removed something');
      });
      await repository.close();
    }
    await wait(50);
  }
  await jobs.close();
  tally.print();
}
