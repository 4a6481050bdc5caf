/**
 * The configuration as one definition tree, and the type of its parsed form. The sections are in files of their own; loading and messages
 * are `load.ts`. Every key has a default, so that no file at all works.
 */
import type { VenueId } from '#domain';
import { data } from './data-section.ts';
import { engine, ensemble, models, sizing } from './decision-sections.ts';
import { feeds, recording } from './feed-sections.ts';
import { mapped, type Parsed, section } from './key.ts';
import { live } from './live-section.ts';
import { OTHER_VENUE, timeframes, venues } from './market-sections.ts';
import { risk } from './risk-section.ts';
import { demo, simulation, synthetic } from './simulation-sections.ts';
import { learning, monitoring, storage } from './system-sections.ts';

const rootFields = section(
  'config',
  'Configuration of Xylen',
  {
    venues,
    timeframes,
    engine,
    models,
    ensemble,
    sizing,
    risk,
    simulation,
    synthetic,
    demo,
    live,
    feeds,
    recording,
    storage,
    data,
    learning,
    monitoring,
  },
  (config, report) => {
    if (config.simulation.leverage > config.risk.leverageMax)
      report('simulation.leverage', 'expected at most risk.leverage_max');
  },
);

/** Fills in the values that follow other sections. */
function completed(values: Parsed<typeof rootFields.fields>) {
  return {
    ...values,
    learning: { ...values.learning, horizonBars: values.learning.horizonBars ?? values.ensemble.horizonBars },
  };
}

/** The definition of the whole file. */
export const CONFIG = mapped(rootFields, completed);

/** The validated configuration in the house's units: durations in microseconds, fees in parts per million, money as decimal text. */
export type XylenConfig = ReturnType<typeof completed>;

/** Returns the entry of a by-venue section (`venues.fees`, `simulation.latency`) that holds for a venue. */
export function entryOfVenue<T>(
  byVenue: { readonly [OTHER_VENUE]: T } & Readonly<Record<string, T>>,
  venue: VenueId,
): T {
  return byVenue[venue] ?? byVenue[OTHER_VENUE];
}
