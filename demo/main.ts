/** `npm run demo [-- FOLDER]`: shows oxen on real files and checks every byte. Works in a temporary folder, which it removes. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { describeShape, shapeOf } from '../bench/data/shape.js';
import { localSteps } from './local.js';
import { hasCommand } from './oxen.js';
import { failed, heading, note } from './screen.js';
import { fillRepository } from './source.js';
import { syncSteps } from './sync.js';

const folder = mkdtempSync(join(tmpdir(), 'oxen-demo-'));
const removeFolder = () => rmSync(folder, { recursive: true, force: true });
process.on('exit', removeFolder);
process.on('SIGINT', () => process.exit(130));
process.stdout.on('error', () => process.exit(1)); // the reader, `head` for example, has gone

async function runDemo(source: string | undefined): Promise<void> {
  const workplace = { repository: join(folder, 'files'), home: join(folder, 'home') };
  mkdirSync(workplace.home);
  heading('The files');
  note(fillRepository(workplace.repository, source));
  const shape = shapeOf(workplace.repository);
  if (shape.fileCount < 4) throw new Error('the folder needs at least four files');
  note(describeShape(shape));
  const fingerprint = await localSteps(workplace);
  if (await hasCommand(workplace, 'serve')) await syncSteps(workplace, folder, fingerprint);
}

const start = performance.now();
try {
  await runDemo(process.argv[2]);
  heading(`All steps passed, in ${((performance.now() - start) / 1000).toFixed(1)} s.`);
} catch (error) {
  failed('The demo failed.', error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
