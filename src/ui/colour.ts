/**
 * Whether a stream gets colours, and the few that there are. Escape sequences as the original writes them, so that a
 * terminal shows the same. A colour never carries meaning of its own: letters and labels say the same.
 */

/** The styles of the command line, by what they look like. */
const sequences = {
  bold: '1',
  red: '31',
  green: '32',
  yellow: '33',
  boldRed: '1;31',
  boldGreen: '1;32',
  boldYellow: '1;33',
  boldCyan: '1;36',
  dim: '2',
} as const;

/** The name of a style. */
export type Style = keyof typeof sequences;

/** Returns `text` in a style, or as it is where colours are off. */
export type Paint = (style: Style, text: string) => string;

/** What the user asked for with `--color`. */
export type ColourChoice = 'auto' | 'always' | 'never';

/** Variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Says whether a stream gets colours. What was typed comes first, then `NO_COLOR`, then `FORCE_COLOR` and
 * `CLICOLOR_FORCE`, then a terminal that says it is dumb, then whether it is a terminal at all.
 */
export function wantsColour(
  choice: ColourChoice,
  environment: Environment,
  isTerminal: boolean,
): boolean {
  if (choice !== 'auto') return choice === 'always';
  if (isSet(environment['NO_COLOR'])) return false;
  const force = environment['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  const forceOld = environment['CLICOLOR_FORCE'];
  if (isSet(forceOld) && forceOld !== '0') return true;
  if (environment['CLICOLOR'] === '0' || environment['TERM'] === 'dumb') return false;
  return isTerminal;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

/** Returns the painter of a stream. */
export function painter(hasColour: boolean): Paint {
  if (!hasColour) return (_style, text) => text;
  return (style, text) => (text === '' ? '' : `\u001b[${sequences[style]}m${text}\u001b[0m`);
}
