/** What bash and zsh both read: four functions of the shell that print what is known about verbs and flags. */
import {
  type CompletedVerb,
  nextWords,
  repositoryNames,
  type ValueSource,
} from './completion-model.js';

/** A pattern for the sources that `oxen __complete` lists. */
export const repositoryNamePattern = repositoryNames.join('|');

/** A word and what is said about it. */
interface Candidate {
  readonly word: string;
  readonly summary: string;
}

/** Returns the functions; with `describes` they print lines `word:summary`, else words with blanks between them. */
export function completionTables(verbs: readonly CompletedVerb[], describes: boolean): string {
  const list = (candidates: readonly Candidate[]): string => printCandidates(candidates, describes);
  const next = [...nextWords(verbs)].map(([before, words]) => caseLine([before], list(words)));
  const flags = verbs.map((verb) => caseLine([verb.name], list(flagCandidates(verb))));
  return `# Prints the words that may follow the words $1 of a verb.
${caseFunction('_oxen_next', '$1', next)}
# Prints the flags of the verb $1.
${caseFunction('_oxen_flags', '$1', flags)}
# Prints where the value of the flag $2 of the verb $1 comes from; nothing when it takes none.
${caseFunction('_oxen_flag_value', '$1 $2', verbs.flatMap(flagValueLines))}
# Prints where the argument of the verb $1 at the place $2 comes from.
${caseFunction('_oxen_argument', '$1 $2', verbs.flatMap(argumentLines))}`;
}

function caseFunction(name: string, subject: string, lines: readonly string[]): string {
  return `${name}() {
  case "${subject}" in
${lines.join('\n')}
  esac
}
`;
}

function caseLine(patterns: readonly string[], command: string, isPrefix = false): string {
  const pattern = patterns.map((text) => quoteForShell(text) + (isPrefix ? '*' : '')).join('|');
  return `    ${pattern}) ${command} ;;`;
}

function printCandidates(candidates: readonly Candidate[], describes: boolean): string {
  if (candidates.length === 0) return ':';
  if (!describes) return `echo ${quoteForShell(candidates.map(({ word }) => word).join(' '))}`;
  const lines = candidates.map(({ word, summary }) => quoteForShell(`${word}:${summary}`));
  return `printf '%s\\n' ${lines.join(' ')}`;
}

function flagCandidates({ flags }: CompletedVerb): Candidate[] {
  return flags.flatMap(({ words, summary }) => words.map((word) => ({ word, summary })));
}

function flagValueLines({ name, flags }: CompletedVerb): string[] {
  return flags.flatMap(({ words, value }) => {
    if (value === undefined) return [];
    return [
      caseLine(
        words.map((word) => `${name} ${word}`),
        printSource(value),
      ),
    ];
  });
}

function argumentLines({ name, args, repeatsLast }: CompletedVerb): string[] {
  return args.map((source, place) => {
    const isRepeated = repeatsLast && place === args.length - 1;
    return caseLine([`${name} ${isRepeated ? '' : place}`], printSource(source), isRepeated);
  });
}

function printSource(source: ValueSource): string {
  const text = typeof source === 'string' ? source : `choices ${source.choices.join(' ')}`;
  return `echo ${quoteForShell(text)}`;
}

/** Returns `text` as one word of a POSIX shell. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
