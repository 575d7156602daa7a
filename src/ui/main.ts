/**
 * The way from the words of a command line to a verb. A verb whose file is found is imported and run at once; oclif is
 * only loaded for what needs it: help, aliases, topics and words that name no verb. Both ways run the same class
 * (docs/decisions/0002).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compatibleVersion, productVersion } from '../core/model/version.js';
import type { VerbClass } from './command.js';
import { commonFlags } from './common-flags.js';
import { renderDocument } from './json-document.js';
import { readManifest } from './manifest.js';
import { renderOverview } from './overview.js';
import { openSession } from './session.js';

/** Most words in the name of a verb (`workspace df get`). */
const maxVerbWords = 3;

/** Loads a file of dist/: `require` of the launcher. */
export type LoadFile = (file: string) => unknown;

/** Runs the command line `words`; `root` is the directory of package.json. */
export async function main(words: readonly string[], root: string, load: LoadFile): Promise<void> {
  if (words[0] === '--version' || words[0] === '-V') return printVersion(words);
  if (words.length === 0) return printOverview(root);
  const verbFirst = moveLeadingFlags(words);
  const found = asksForHelp(verbFirst) ? undefined : findVerb(verbFirst, join(root, 'dist'));
  if (found === undefined) {
    const { runWithOclif } = await import('./oclif.js');
    return runWithOclif(verbFirst, root);
  }
  const module = load(found.file) as { readonly default: VerbClass };
  module.default.id = found.id;
  return module.default.run(found.rest);
}

async function printVersion(words: readonly string[]): Promise<void> {
  const { isJson, out } = await openSession(words);
  const { version: nodeVersion, platform, arch } = process;
  const document = { version: productVersion, compatibleVersion, nodeVersion };
  const line = `oxen ${productVersion} (compatible with Oxen ${compatibleVersion}; node ${nodeVersion}, ${platform}-${arch})`;
  out.write(isJson ? renderDocument(document) : `${line}\n`);
}

async function printOverview(root: string): Promise<void> {
  const { out } = await openSession([]);
  out.write(renderOverview(readManifest(root), out.paint));
}

/** Returns the words with flags that stand before the verb moved behind it, where verbs expect them. */
export function moveLeadingFlags(words: readonly string[]): readonly string[] {
  let count = 0;
  for (let word = words[0]; word?.startsWith('-') && word !== '--'; word = words[count]) {
    const flag = Object.entries(commonFlags).find(([name]) => word === `--${name}`)?.[1];
    count += flag?.type === 'option' ? 2 : 1;
  }
  if (count === 0 || count >= words.length) return words;
  return [...words.slice(count, count + 1), ...words.slice(0, count), ...words.slice(count + 1)];
}

function asksForHelp(words: readonly string[]): boolean {
  const dashes = words.indexOf('--');
  const before = dashes < 0 ? words : words.slice(0, dashes);
  return before.includes('--help') || before.includes('-h');
}

/** A verb's file, its id, and the words after its name. */
interface FoundVerb {
  readonly id: string;
  readonly file: string;
  readonly rest: readonly string[];
}

/** Finds the verb with the most words in its name that has a file; oclif finds verbs by the same files. */
function findVerb(words: readonly string[], directory: string): FoundVerb | undefined {
  const isName = (word: string): boolean => /^_{0,2}[a-z][a-z0-9-]*$/.test(word);
  const end = words.slice(0, maxVerbWords).findIndex((word) => !isName(word));
  const names = words.slice(0, end < 0 ? maxVerbWords : end);
  for (let count = names.length; count > 0; count--) {
    const name = names.slice(0, count);
    const file = join(directory, 'commands', `${name.join('/')}.cjs`);
    if (existsSync(file)) return { id: name.join(':'), file, rest: words.slice(count) };
  }
  return undefined;
}
