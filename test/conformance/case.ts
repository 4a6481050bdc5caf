/** What a case of the conformance suite is: a rule that every adapter of market data keeps to, and how it is tried. */
import type { AdapterUnderTest } from './adapters.ts';

/** One numbered rule; `docs/specs/venues.md` lists all of them. */
export interface ConformanceCase {
  /** `V7`; never given to another rule. */
  readonly id: string;
  /** The rule in words, as it stands in the table. */
  readonly rule: string;
  /** @throws AssertionError with the smallest example when the adapter breaks the rule. */
  run(under: AdapterUnderTest): void | Promise<void>;
}
