/** One line of the assumption card. */

/** One assumption: a stable key, its value as short text, a sentence for people. */
export interface Assumption {
  readonly key: string;
  readonly value: string;
  readonly text: string;
}
