/** The documents show only what runs, and their links lead somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { runShell } from '../helpers/run-oxen.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

/** What oclif knows of the verbs. */
interface Manifest {
  readonly commands: Readonly<Record<string, { id: string; hidden?: boolean; flags: Flags }>>;
}
type Flags = Readonly<Record<string, { name: string; hidden?: boolean }>>;

const guideFolder = 'docs/guide';
const guides = readdirSync(guideFolder).map((name) => join(guideFolder, name));
const pages = readdirSync('docs', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name));

function sessionsIn(page: string): string[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/<!-- run -->\n\n```sh\n(.*?)```/gs)].map(([, lines = '']) => lines);
}

test.each(
  guides.filter((page) => sessionsIn(page).length > 0),
)('the lines of %s run', async (page) => {
  for (const lines of sessionsIn(page)) {
    const folder = temporaryDirectory();
    const environment = { HOME: temporaryDirectory() };
    const run = await runShell(`set -eo pipefail\n${lines}`, { cwd: folder, environment });
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
  }
}, 60_000);

test.each(['README.md', ...pages])('the links of %s lead to files of the project', (page) => {
  const text = readFileSync(page, 'utf8');
  const targets = [...text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map(
    ([, target = '']) => target,
  );
  expect(targets.filter((target) => !existsSync(join(dirname(page), target)))).toEqual([]);
});

test('every guide is named on the front page', () => {
  const readme = readFileSync('README.md', 'utf8');
  expect(guides.filter((page) => !readme.includes(`](${page})`))).toEqual([]);
});

test('the reference has every verb with all its flags; npm run reference makes it', () => {
  const reference = readFileSync('docs/commands.md', 'utf8').split('\n## ');
  const { commands } = JSON.parse(readFileSync('oclif.manifest.json', 'utf8')) as Manifest;
  const verbs = Object.values(commands).filter(({ hidden }) => hidden !== true);
  const missing = verbs.flatMap(({ id, flags }) => {
    const name = id.replaceAll(':', ' ');
    const section = reference.find((text) => new RegExp(`^\`oxen ${name}[\` ]`).test(text)) ?? '';
    const names = Object.values(flags).filter(({ hidden }) => hidden !== true);
    return [`oxen ${name}`, ...names.map((flag) => `--${flag.name}`)].filter(
      (word) => !section.includes(word),
    );
  });
  expect(missing).toEqual([]);
});
