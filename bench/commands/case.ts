/** A whole-command bench: a data set, the tools that take part, and the targets. */
import type { DataSet, DataSetRecipe } from '../data/data-set.js';
import type { Rival } from '../rivals/rival.js';
import type { Participant } from '../runner/participant.js';
import type { Target } from '../runner/targets.js';

/** What a case may use. */
export interface CaseContext {
  readonly cache: string; // absolute folder for data sets and working folders
  readonly scale: number;
  readonly env: NodeJS.ProcessEnv; // of the tools
  readonly rivals: readonly Rival[]; // present on this machine and selected
  readonly dataSet: (recipe: DataSetRecipe) => DataSet;
}

/** What a case does with its context. */
export interface CasePlan {
  readonly dataSets: readonly DataSet[]; // their shapes head the table
  readonly participants: readonly Participant[];
  readonly targets: readonly Target[];
}

/** A bench that can be selected by name. */
export interface CommandCase {
  readonly name: string;
  readonly family: string; // cases of one family share a chart
  readonly summary: string;
  readonly isOptional?: boolean; // only run when named
  readonly plan: (context: CaseContext) => CasePlan;
}
