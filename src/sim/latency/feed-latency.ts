/**
 * How long market data travel to the trader where a leg `feed` has a rule (M102); without one events keep the local time that they bear. What it is not: the
 * source; the venue itself learns of events as before.
 */
import { type Checkpointable, type EpochUs, type Prng, type PrngState, stateRecord } from '#core';
import type { Instrument, MarketEvent, VenueId } from '#domain';
import type { LatencyModel } from './latency-model.ts';
import type { LegTable } from './message-latency.ts';
import { latencyModelOf } from './models.ts';
import { checkLegRule } from './rules.ts';

/** Stamps market events with the moment at which the trader sees them; draws 4 values of its generator per event of such a venue. */
export class FeedLatency implements Checkpointable {
  readonly #prng: Prng;
  readonly #models: readonly (LatencyModel | null)[];
  readonly #venueOf: readonly number[];
  readonly #lastUs: Float64Array;
  /** True when any venue has a rule for its feed. */
  readonly isAny: boolean;

  constructor(prng: Prng, instruments: readonly Instrument[], legs: LegTable) {
    const venues: readonly VenueId[] = [...new Set(instruments.map((instrument) => instrument.venue))];
    this.#prng = prng;
    this.#models = venues.map((venue) => {
      const rule = legs[venue]?.feed;
      return rule === undefined ? null : latencyModelOf(checkLegRule(rule, `${venue} (feed)`), 'feed');
    });
    this.#venueOf = instruments.map((instrument) => venues.indexOf(instrument.venue));
    this.#lastUs = new Float64Array(venues.length);
    this.isAny = this.#models.some((model) => model !== null);
  }

  /** Returns the event with its local time; it is never seen before `nowUs`, at which the venue knows it. */
  stamp(event: MarketEvent, nowUs: EpochUs): MarketEvent {
    const venue = this.#venueOf[event.instrumentIx]!;
    const model = this.#models[venue] ?? null;
    if (model === null) return event;
    const first = this.#prng.uniform();
    const sentUs = Math.max(event.tsVenueUs, nowUs);
    const arrivalUs = sentUs + model.travelUs(first, this.#prng.uniform(), sentUs);
    // A bar that unfolds is known from its open and told at its close: it holds nothing up that is told meanwhile.
    if (event.kind === 'candle' && event.isSummary !== true) return { ...event, tsLocalUs: arrivalUs };
    const tsLocalUs = Math.max(arrivalUs, this.#lastUs[venue]!);
    this.#lastUs[venue] = tsLocalUs;
    return { ...event, tsLocalUs };
  }

  saveState(): unknown {
    return { prng: this.#prng.save(), lastUs: this.#lastUs.slice() };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'feed latency');
    this.#prng.load(record.prng as PrngState);
    this.#lastUs.set(record.lastUs as Float64Array);
  }
}
