/**
 * How long messages travel (rules M3, M4, M99): each message draws its own time from the model of its venue and leg; messages of one leg and
 * venue arrive in the order in which they were sent, as on one connection. What it is not: the models (`models.ts`).
 */
import { type Checkpointable, type EpochUs, type Prng, type PrngState, stateRecord } from '#core';
import type { Instrument, InstrumentIx, VenueId } from '#domain';
import type { LatencyModel } from './latency-model.ts';
import { latencyModelOf } from './models.ts';
import { checkLatencyRule, checkLegRule, type LatencyLeg, type LatencyRule, type LegRule } from './rules.ts';

/** Latency by venue. */
export type LatencyTable = Readonly<Partial<Record<VenueId, LatencyRule>>>;

/** Legs by venue that have a rule of their own; the others follow the venue's line in the `LatencyTable`. */
export type LegTable = Readonly<Partial<Record<VenueId, Readonly<Partial<Record<LatencyLeg, LegRule>>>>>>;

const rule = (minMs: number, maxMs: number): LatencyRule => ({
  minUs: minMs * 1000,
  maxUs: maxMs * 1000,
  spikePpm: 10_000,
  spikeFactorMax: 5,
});

/** One way, by venue; a venue that is not listed takes as long as the slowest. */
export const LATENCY_DEFAULTS: LatencyTable = {
  'binance-usdm': rule(50, 100),
  'binance-spot': rule(50, 100),
  'binanceus-spot': rule(50, 100),
  coinbase: rule(100, 200),
  'kraken-spot': rule(80, 180),
  'kraken-futures': rule(80, 180),
  'kucoin-spot': rule(70, 150),
  'kucoin-futures': rule(70, 150),
  sim: rule(50, 100),
};

/** No time at all; for tests and for comparisons with programs that have no latency. */
export const LATENCY_NONE: LatencyRule = { minUs: 0, maxUs: 0, spikePpm: 0, spikeFactorMax: 2 };

/** Returns the latency that applies to a venue. @throws XY_CONFIG_INVALID when its range makes no sense. */
export function latencyOf(table: LatencyTable, venue: VenueId): LatencyRule {
  return checkLatencyRule(table[venue] ?? LATENCY_DEFAULTS[venue] ?? rule(100, 200), venue);
}

/** Returns the rule of a leg of the way to or from the desk of a venue. @throws XY_CONFIG_INVALID as `latencyOf`. */
export function legOf(
  table: LatencyTable,
  legs: LegTable,
  venue: VenueId,
  leg: 'entry' | 'response',
): LegRule {
  const own = legs[venue]?.[leg];
  return own === undefined
    ? { model: 'uniform', ...latencyOf(table, venue) }
    : checkLegRule(own, `${venue} (${leg})`);
}

/** Which way a message goes: to the venue or back. */
export type Direction = 'request' | 'response';

/** Draws arrival times; draws 4 values of its generator per message. */
export class MessageLatency implements Checkpointable {
  readonly #prng: Prng;
  readonly #entry: readonly LatencyModel[];
  readonly #response: readonly LatencyModel[];
  readonly #venueOf: readonly number[];
  readonly #lastRequestUs: Float64Array;
  readonly #lastResponseUs: Float64Array;

  constructor(prng: Prng, instruments: readonly Instrument[], table: LatencyTable, legs: LegTable = {}) {
    const venues = [...new Set(instruments.map((instrument) => instrument.venue))];
    this.#prng = prng;
    const modelsOf = (leg: 'entry' | 'response'): readonly LatencyModel[] =>
      venues.map((venue) => latencyModelOf(legOf(table, legs, venue, leg), leg));
    this.#entry = modelsOf('entry');
    this.#response = modelsOf('response');
    this.#venueOf = instruments.map((instrument) => venues.indexOf(instrument.venue));
    this.#lastRequestUs = new Float64Array(venues.length);
    this.#lastResponseUs = new Float64Array(venues.length);
  }

  /** Returns when a message about an instrument that is sent at `sentUs` arrives. */
  arrivalUs(direction: Direction, instrumentIx: InstrumentIx, sentUs: EpochUs): EpochUs {
    const venue = this.#venueOf[instrumentIx]!;
    const isRequest = direction === 'request';
    const arrivals = isRequest ? this.#lastRequestUs : this.#lastResponseUs;
    const model = (isRequest ? this.#entry : this.#response)[venue]!;
    // Every message draws alike, whatever its model makes of it.
    const first = this.#prng.uniform();
    const travelUs = model.travelUs(first, this.#prng.uniform(), sentUs);
    const arrivalUs = Math.max(sentUs + travelUs, arrivals[venue]!);
    arrivals[venue] = arrivalUs;
    return arrivalUs;
  }

  saveState(): unknown {
    return {
      prng: this.#prng.save(),
      lastRequestUs: this.#lastRequestUs.slice(),
      lastResponseUs: this.#lastResponseUs.slice(),
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'message latency');
    this.#prng.load(record.prng as PrngState);
    this.#lastRequestUs.set(record.lastRequestUs as Float64Array);
    this.#lastResponseUs.set(record.lastResponseUs as Float64Array);
  }
}
