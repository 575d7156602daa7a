/** Texts of `oxen help` that belong to no single verb. */
import { environmentGuide } from './environment-guide.js';
import { exitCodeGuide } from './exit-code-guide.js';

/** A text and the line that announces it. */
export interface Guide {
  readonly summary: string;
  readonly text: string;
}

/** Guides by the word after `oxen help`. */
export const guides: ReadonlyMap<string, Guide> = new Map([
  ['environment', environmentGuide],
  ['exit-codes', exitCodeGuide],
]);
