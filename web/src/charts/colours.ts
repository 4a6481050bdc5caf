/** The colours of the style sheet for charts that draw on a canvas, where style sheets do not reach. */

const NAMES = ['text', 'muted', 'line', 'edge', 'deep', 'blood', 'up', 'down', 'warn', 'accent'] as const;

/** A colour of the style sheet by its name. */
export type Colours = Readonly<Record<(typeof NAMES)[number], string>>;

let known: Colours | null = null;

/** Returns the colours as the style sheet has them. */
export function coloursOf(): Colours {
  if (known === null) {
    const style = getComputedStyle(document.documentElement);
    const entries = NAMES.map((name) => [name, style.getPropertyValue(`--color-${name}`).trim()] as const);
    known = Object.fromEntries(entries) as Colours;
  }
  return known;
}
