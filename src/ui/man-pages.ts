/** The manual pages (roff, macro package man), made from the manifest by the build: one for oxen, one for each verb. */
import { environmentVariables } from './environment-guide.js';
import { exitCodeMeanings } from './exit-code-guide.js';
import type { ManifestArgument, ManifestFlag, ManifestVerb } from './manifest.js';
import { type VerbGroup, verbGroups } from './verb-groups.js';

/** Returns the pages by their file names; `version` stands at the foot of each. */
export function manPages(
  verbs: readonly ManifestVerb[],
  version: string,
): ReadonlyMap<string, string> {
  const pages = new Map([['oxen.1', renderMainPage(verbs, version)]]);
  for (const verb of verbs) pages.set(`${pageName(verb)}.1`, renderVerbPage(verb, version));
  return pages;
}

function pageName({ id }: ManifestVerb): string {
  return `oxen-${id.replaceAll(':', '-')}`;
}

function renderMainPage(verbs: readonly ManifestVerb[], version: string): string {
  const groups = (Object.keys(verbGroups) as VerbGroup[]).flatMap((group) => {
    const listed = verbs.filter((verb) => verb.group === group);
    if (listed.length === 0) return [];
    const entries = listed.map((verb) => entry(`${pageName(verb)}(1)`, verb.summary ?? ''));
    return [`.SS ${escapeText(verbGroups[group])}`, ...entries];
  });
  return page('oxen', version, [
    section('NAME', 'oxen \\- version control for huge datasets'),
    section('SYNOPSIS', '.B oxen', '.I COMMAND', '[\\fIARGUMENTS\\fR] [\\fIFLAGS\\fR]'),
    section('COMMANDS', ...groups),
    section(
      'EXIT STATUS',
      ...exitCodeMeanings.map(([code, meaning]) => entry(String(code), meaning)),
    ),
    section('ENVIRONMENT', ...environmentVariables.map(([name, effect]) => entry(name, effect))),
  ]);
}

function renderVerbPage(verb: ManifestVerb, version: string): string {
  const name = verb.id.replaceAll(':', ' ');
  const flags = Object.values(verb.flags).filter((flag) => flag.hidden !== true);
  const args = Object.values(verb.args).filter((argument) => argument.hidden !== true);
  const summary = verb.summary ?? '';
  return page(pageName(verb), version, [
    section('NAME', `${escapeText(pageName(verb))} \\- ${escapeText(summary)}`),
    section('SYNOPSIS', synopsis(name, args, flags.length > 0)),
    section('DESCRIPTION', escapeText(`${summary}.`), ...paragraphs(verb.description)),
    section(
      'ARGUMENTS',
      ...args.map((argument) => entry(argumentLabel(argument), describe(argument))),
    ),
    section('OPTIONS', ...flags.map((flag) => entry(flagLabel(flag), describe(flag)))),
    section('EXAMPLES', ...(verb.examples ?? []).map(renderExample)),
    section('SEE ALSO', '.BR oxen (1)'),
  ]);
}

function page(name: string, version: string, sections: readonly string[]): string {
  const head = `.TH ${name.toUpperCase().replaceAll('-', '\\-')} 1 "" "oxen ${version}" "Oxen manual"`;
  return `${[head, ...sections.filter((text) => text !== '')].join('\n')}\n`;
}

/** Returns a section, or nothing when it has no content. */
function section(heading: string, ...content: readonly string[]): string {
  return content.length === 0 ? '' : [`.SH ${heading}`, ...content].join('\n');
}

function entry(label: string, text: string): string {
  return `.TP\n\\fB${escapeText(label)}\\fR\n${escapeText(text)}`;
}

function synopsis(name: string, args: readonly ManifestArgument[], hasFlags: boolean): string {
  const words = args.map((argument) => {
    const label = argumentLabel(argument);
    return argument.required === true ? label : `[${label}]`;
  });
  const rest = [...words, ...(hasFlags ? ['[FLAGS]'] : [])].join(' ');
  return `\\fBoxen ${escapeText(name)}\\fR ${escapeText(rest)}`.trimEnd();
}

function argumentLabel({ name, multiple }: ManifestArgument): string {
  return `${name.toUpperCase()}${multiple === true ? '...' : ''}`;
}

function flagLabel({ name, char, type, helpValue, allowNo }: ManifestFlag): string {
  const short = char === undefined ? '' : `-${char}, `;
  const value = type === 'boolean' ? '' : `=${helpValue ?? 'VALUE'}`;
  return `${short}--${allowNo === true ? '[no-]' : ''}${name}${value}`;
}

function describe(declared: ManifestFlag | ManifestArgument): string {
  const parts = [declared.description ?? ('summary' in declared ? declared.summary : '') ?? ''];
  if (declared.options !== undefined) parts.push(`One of: ${declared.options.join(', ')}.`);
  if (declared.default !== undefined) parts.push(`Default: ${String(declared.default)}.`);
  if (declared.required === true) parts.push('Required.');
  return parts.filter((part) => part !== '').join(' ');
}

function paragraphs(text: string | undefined): string[] {
  if (text === undefined) return [];
  return text.split('\n').flatMap((line) => ['.PP', escapeText(line)]);
}

function renderExample(example: NonNullable<ManifestVerb['examples']>[number]): string {
  const { description, command } =
    typeof example === 'string' ? { description: '', command: example } : example;
  const lines = ['.PP', ...(description === '' ? [] : [escapeText(description)])];
  return [...lines, '.RS', '.nf', escapeText(`$ ${command}`), '.fi', '.RE'].join('\n');
}

/** Returns `text` such that roff prints it as it is: no escapes, no requests, hyphens that can be copied. */
export function escapeText(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}
