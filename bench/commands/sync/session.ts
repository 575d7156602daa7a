/** A pair at work: a working copy of a data set that is recorded, and a server beside it. */
import { rmSync } from 'node:fs';
import type { DataSet } from '../../data/data-set.js';
import { freshFolder } from '../../runner/fresh-folder.js';
import type { Step } from '../../runner/step.js';
import type { CaseContext } from '../case.js';
import { runUnmeasured, type WorkingCopy, workingCopy } from '../working-copy.js';
import type { Pair, Remote } from './pair.js';
import { type RunningServer, startServer } from './server.js';

/** A session of a pair; it is opened once before the rounds and closed behind them. */
export interface Session {
  readonly copy: WorkingCopy;
  readonly served: string; // folder of the server, once it is open
  readonly open: () => Promise<void>;
  readonly close: () => Promise<void>;
  /** Makes a fresh repository on the server and connects the client with it. */
  readonly connect: (name: string) => Promise<Remote>;
  /** Lets the report count the time and memory of the server with the step. */
  readonly withServer: (step: Step) => Step;
}

/** Returns the session of `pair` over `dataSet`; `name` sets it apart from other cases. */
export function sessionOf(
  context: CaseContext,
  dataSet: DataSet,
  pair: Pair,
  name: string,
): Session {
  const copy = workingCopy(context, dataSet, `${name}-${pair.name}`);
  let served = '';
  let server: RunningServer | undefined;
  const running = () => {
    if (server === undefined) throw new Error('the server is not running');
    return server;
  };
  return {
    copy,
    get served() {
      return served;
    },
    open: async () => {
      copy.make();
      served = freshFolder(context.cache, `${name}-served`);
      server = await startServer(pair.server, served);
      await runUnmeasured(pair.client.record(copy));
    },
    close: async () => {
      await server?.stop();
      copy.remove();
      if (served !== '') rmSync(served, { recursive: true, force: true });
    },
    connect: async (remoteName) => {
      const repository = `bench/${remoteName}`;
      const remote = { name: remoteName, repository, address: running().address };
      await runUnmeasured(pair.connect(copy, remote));
      return remote;
    },
    withServer: (step) => ({ ...step, companionPids: [running().pid] }),
  };
}
