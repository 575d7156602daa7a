/** Clone of a long history over many directories, by our client and by the real one, both from our server. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Repository } from '../../../src/index.js';
import { nested } from '../../data/catalogue.js';
import type { DataSet } from '../../data/data-set.js';
import { freshFolder } from '../../runner/fresh-folder.js';
import type { Participant } from '../../runner/participant.js';
import type { CaseContext, CommandCase } from '../case.js';
import { runUnmeasured } from '../working-copy.js';
import { type Pair, pairsOf, type Remote } from './pair.js';
import { type Session, sessionOf } from './session.js';

const commitCount = 1000;
const author = { name: 'Bench', email: 'bench@example.com' };

/** The case; peak memory is the larger of client and server. */
export const cloneHistoryCase: CommandCase = {
  name: 'clone-history',
  family: 'sync',
  summary: `clone over loopback of ${commitCount} commits of ${nested.summary}`,
  plan: (context) => {
    const dataSet = context.dataSet(nested);
    const [ours, ...others] = pairsOf(context);
    if (ours === undefined) return { dataSets: [dataSet], participants: [], targets: [] };
    const clients = [ours, ...others.filter(({ server }) => server === ours.server)];
    const participants = clients.map((client) => cloner(context, dataSet, ours, client));
    return { dataSets: [dataSet], participants, targets: [] };
  },
};

/** The history is recorded and pushed by ours, whoever clones it. */
function cloner(context: CaseContext, dataSet: DataSet, ours: Pair, client: Pair): Participant {
  const session = sessionOf(context, dataSet, ours, `history-${client.name}`);
  const changes = Math.max(1, Math.round(commitCount * context.scale) - 1);
  let remote: Remote | undefined;
  let folder = '';
  const target = () => join(folder, 'clone');
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  return {
    name: client.name,
    isDurable: true,
    stores: () => [target()],
    warm: () => [session.served],
    prepare: async () => {
      await session.open();
      await recordChanges(session, changes);
      remote = await session.connect('history');
      await runUnmeasured([ours.push(session.copy, remote)]);
    },
    before: () => {
      folder = freshFolder(context.cache, 'history-clone');
    },
    steps: () =>
      remote === undefined
        ? []
        : [session.withServer(client.clone(session.copy, remote, target()))],
    after: removeFolder,
    failed: removeFolder,
    finish: session.close,
  };
}

/** Commits one changed file after the other. */
async function recordChanges(session: Session, count: number): Promise<void> {
  const { root } = session.copy;
  await using repository = await Repository.open(root, { workingDirectory: root });
  for (let index = 0; index < count; index++) {
    writeFileSync(join(root, 'data', 'changing.txt'), `change ${index}\n`);
    await repository.add(['data/changing.txt']);
    await repository.commit(`change ${index}`, author);
  }
}
