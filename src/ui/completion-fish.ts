/** The completion script for fish. */
import {
  type CompletedFlag,
  type CompletedVerb,
  nextWords,
  repositoryNames,
  type ValueSource,
} from './completion-model.js';

/** Returns the script: a file `oxen.fish` in the directory of completions, or to be sourced. */
export function fishCompletion(verbs: readonly CompletedVerb[]): string {
  const next = nextWords(verbs);
  const starts = new Set([...next.keys(), ...verbs.map(({ name }) => name)]);
  starts.delete('');
  return `# Completion of oxen for fish, made by \`oxen completion fish\`.

# Prints the words of the verb that have been typed.
function __oxen_verb
    set -l verb
    for word in (commandline -opc)[2..]
        string match -q -- '-*' $word; and continue
        contains -- "$verb $word" ${[...starts].map((start) => quote(` ${start}`)).join(' ')}; or break
        set verb "$verb $word"
    end
    string trim -- "$verb"
end

function __oxen_at
    test "$(__oxen_verb)" = "$argv[1]"
end

complete -c oxen -f
${[...next]
  .flatMap(([before, words]) =>
    words.map(({ word, summary }) => line(before, ['-a', quote(word), '-d', quote(summary)])),
  )
  .join('\n')}
${verbs.flatMap((verb) => verb.flags.map((flag) => flagLine(verb.name, flag))).join('\n')}
${verbs.flatMap(argumentLines).join('\n')}
`;
}

function line(verb: string, options: readonly string[]): string {
  return `complete -c oxen -n ${quote(`__oxen_at ${quote(verb)}`)} ${options.join(' ')}`;
}

function flagLine(verb: string, { words, summary, value }: CompletedFlag): string {
  const names = words.flatMap((word) =>
    word.startsWith('--') ? ['-l', word.slice(2)] : ['-s', word.slice(1)],
  );
  const required = value === 'file' ? '-r' : '-x';
  const values = value === undefined ? [] : [required, ...sourceOptions(value)];
  return line(verb, [...names, ...values, '-d', quote(summary)]);
}

/** fish does not count arguments, so the sources of all places are offered together. */
function argumentLines({ name, args }: CompletedVerb): string[] {
  return args.flatMap((source) => {
    const options = sourceOptions(source);
    return options.length === 0 ? [] : [line(name, options)];
  });
}

function sourceOptions(source: ValueSource): string[] {
  if (typeof source !== 'string') return ['-a', quote(source.choices.join(' '))];
  if (source === 'file') return ['-F'];
  if (source === 'directory') return ['-a', quote('(__fish_complete_directories)')];
  if (!isRepositoryName(source)) return [];
  return ['-a', quote(`(oxen __complete ${source} (commandline -ct) 2>/dev/null)`)];
}

function isRepositoryName(source: string): boolean {
  return repositoryNames.some((name) => name === source);
}

/** Returns `text` as one word of fish. */
function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
