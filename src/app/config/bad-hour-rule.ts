/** The rule for bad hours of recordings, as the loaders take it. */
import type { BadHourRule } from '#domain';
import type { XylenConfig } from './schema.ts';

/** Returns the rule of the section `data`. */
export function badHourRule({ data }: XylenConfig): BadHourRule {
  return { mode: data.badHours, staleMaxPct: data.badHourStaleMaxPct };
}
