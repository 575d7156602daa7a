/** What the shells need to know to complete a command line: verbs, flags, and where the values of each come from. */
import { guides } from './guides.js';
import type { ManifestArgument, ManifestFlag, ManifestVerb } from './manifest.js';

/** Names that only a repository knows; `oxen __complete` lists them. */
export const repositoryNames = [
  'branch',
  'tag',
  'remote',
  'revision',
  'path',
  'revision-or-path',
  'stash',
] as const;

/** A kind of names that only a repository knows. */
export type RepositoryName = (typeof repositoryNames)[number];

/** Where the values of a flag or an argument come from; `file` and `directory` are left to the shell. */
export type NameSource = RepositoryName | 'file' | 'directory' | 'none';

/** The same, or a list of all values. */
export type ValueSource = NameSource | { readonly choices: readonly string[] };

/** A flag as shells complete it. */
export interface CompletedFlag {
  readonly words: readonly string[]; // `--limit`, `-l`
  readonly summary: string;
  readonly value: ValueSource | undefined; // undefined: it takes no value
}

/** A verb as shells complete it. */
export interface CompletedVerb {
  readonly name: string; // words joined by blanks
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  readonly args: readonly ValueSource[]; // by place
  readonly repeatsLast: boolean; // the last argument takes any number of words
}

/** A word that may follow others: a verb, or the first word of several verbs. */
export interface NextWord {
  readonly word: string;
  readonly summary: string;
}

/** Returns all verbs, and `help`, which is oclif's own. */
export function completedVerbs(manifest: readonly ManifestVerb[]): readonly CompletedVerb[] {
  const verbs = manifest.flatMap((verb) =>
    [verb.id, ...verb.aliases].map((id) => completeVerb(verb, id.replaceAll(':', ' '))),
  );
  const topics = [...new Set(verbs.map(({ name }) => firstWord(name))), ...guides.keys()];
  const help: CompletedVerb = {
    name: 'help',
    summary: 'Explain a command, or show a guide',
    flags: [],
    args: [{ choices: topics }],
    repeatsLast: false,
  };
  return [...verbs, help].sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** Returns for every run of words that begins a verb, the empty one first, the words that may follow it. */
export function nextWords(
  verbs: readonly CompletedVerb[],
): ReadonlyMap<string, readonly NextWord[]> {
  const next = new Map<string, Map<string, string>>([['', new Map()]]);
  for (const { name, summary } of verbs) {
    const words = name.split(' ');
    words.forEach((word, index) => {
      const before = words.slice(0, index).join(' ');
      const known = next.get(before) ?? new Map<string, string>();
      const isWhole = index === words.length - 1;
      if (isWhole || !known.has(word)) known.set(word, isWhole ? summary : `${word} commands`);
      next.set(before, known);
    });
  }
  return new Map(
    [...next].map(([before, known]) => [
      before,
      [...known].map(([word, summary]) => ({ word, summary })),
    ]),
  );
}

function firstWord(name: string): string {
  return name.split(' ')[0] ?? name;
}

function completeVerb(verb: ManifestVerb, name: string): CompletedVerb {
  const args = Object.values(verb.args).filter((argument) => argument.hidden !== true);
  return {
    name,
    summary: verb.summary ?? '',
    flags: Object.values(verb.flags)
      .filter((flag) => flag.hidden !== true)
      .map((flag) => completeFlag(flag, verb)),
    args: args.map((argument) => argumentSource(argument, verb)),
    repeatsLast: args.at(-1)?.multiple === true,
  };
}

function argumentSource({ name, options }: ManifestArgument, verb: ManifestVerb): ValueSource {
  if (options !== undefined) return { choices: options };
  return verb.completions?.[name] ?? 'file';
}

function completeFlag(flag: ManifestFlag, verb: ManifestVerb): CompletedFlag {
  const words = [`--${flag.name}`, ...(flag.char === undefined ? [] : [`-${flag.char}`])];
  if (flag.allowNo === true) words.push(`--no-${flag.name}`);
  const value = flag.type === 'boolean' ? undefined : flagSource(flag, verb);
  return { words, summary: flag.summary ?? flag.description ?? '', value };
}

/** What the help calls a value says whether it is a file; most values are something to be typed. */
function flagSource({ name, options, helpValue }: ManifestFlag, verb: ManifestVerb): ValueSource {
  if (options !== undefined) return { choices: options };
  const ofHelp = helpValue === 'FILE' ? 'file' : helpValue === 'DIR' ? 'directory' : 'none';
  return verb.completions?.[`--${name}`] ?? ofHelp;
}
