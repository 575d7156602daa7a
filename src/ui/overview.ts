/** The list of all verbs under headings: what `oxen` alone and `oxen help` print. */
import { exitCodes } from '../core/model/errors.js';
import { productVersion } from '../core/model/version.js';
import type { Paint } from './colour.js';
import { guides } from './guides.js';
import { type VerbGroup, verbGroups } from './verb-groups.js';

/** What the list says about a verb; an entry of oclif's manifest is such a record. */
export interface ListedVerb {
  readonly id: string; // words joined by `:`
  readonly summary?: string | undefined;
  readonly description?: string | undefined;
  readonly hidden: boolean;
  readonly group?: unknown; // the word of a heading; verbs without one are not ours and are left out
}

/** Returns the short list: every heading but the last. */
export function renderOverview(verbs: readonly ListedVerb[], paint: Paint): string {
  const groups = groupVerbs(verbs).filter(({ group }) => group !== 'plumbing');
  return [
    ...introduction(paint),
    ...groups.flatMap((group) => renderGroup(group, paint)),
    'Run `oxen help` to see all commands, `oxen COMMAND --help` for one of them.',
    '',
  ].join('\n');
}

/** Returns the full list with guides and exit codes. */
export function renderFullOverview(verbs: readonly ListedVerb[], paint: Paint): string {
  return [
    ...introduction(paint),
    ...groupVerbs(verbs).flatMap((group) => renderGroup(group, paint)),
    paint('bold', 'Guides (oxen help GUIDE)'),
    ...aligned([...guides].map(([name, { summary }]) => [name, summary])),
    '',
    paint('bold', 'Exit codes'),
    `  0 success; ${Object.entries(exitCodes)
      .map(([kind, code]) => `${code} ${kind}`)
      .join('; ')}`,
    '',
    'Run `oxen COMMAND --help` for the arguments, flags and examples of a command.',
    '',
  ].join('\n');
}

/** A heading and what stands below it. */
interface Group {
  readonly group: VerbGroup;
  readonly verbs: readonly ListedVerb[];
}

function introduction(paint: Paint): string[] {
  return [
    `oxen ${productVersion}: version control for huge datasets`,
    '',
    `${paint('bold', 'Usage:')} oxen COMMAND [ARGUMENTS] [FLAGS]`,
    '',
  ];
}

function groupVerbs(verbs: readonly ListedVerb[]): Group[] {
  const visible = verbs
    .filter((verb) => !verb.hidden && verb.group !== undefined)
    .sort((left, right) => (left.id < right.id ? -1 : 1));
  return (Object.keys(verbGroups) as VerbGroup[])
    .map((group) => ({
      group,
      verbs: visible.filter((verb) => verb.group === group),
    }))
    .filter((entry) => entry.verbs.length > 0);
}

function renderGroup({ group, verbs }: Group, paint: Paint): string[] {
  const rows = verbs.map((verb): [string, string] => [
    verb.id.replaceAll(':', ' '),
    verb.summary ?? verb.description?.split('\n')[0] ?? '',
  ]);
  return [paint('bold', verbGroups[group]), ...aligned(rows), ''];
}

function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`);
}
