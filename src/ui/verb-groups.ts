/** The headings under which help lists the verbs, in their order. */

/** Headings by the word that a verb file names. */
export const verbGroups = {
  start: 'Start a repository',
  change: 'Work on the current change',
  history: 'Look at history and state',
  branch: 'Branches and merging',
  sync: 'Exchange with a remote',
  data: 'Tables and schemas',
  server: 'Serve repositories',
  care: 'Care for a repository',
  plumbing: 'Look inside, and the rest',
} as const;

/** The word that names a heading. */
export type VerbGroup = keyof typeof verbGroups;
