/**
 * How long messages travel (rules M3, M4): each message draws its own time, uniform in a range with rare spikes; messages of one direction
 * and venue arrive in the order in which they were sent, as on one connection.
 */
import { type Checkpointable, type EpochUs, type Prng, type PrngState, stateRecord, XylenError } from '#core';
import type { Instrument, InstrumentIx, VenueId } from '#domain';

/** The time a message needs one way. */
export interface LatencyRule {
  readonly minUs: number;
  readonly maxUs: number;
  /** Share of messages that are held up, ppm. */
  readonly spikePpm: number;
  /** A spike multiplies the time by a number in [2, `spikeFactorMax`], at least 2. */
  readonly spikeFactorMax: number;
}

/** Latency by venue. */
export type LatencyTable = Readonly<Partial<Record<VenueId, LatencyRule>>>;

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
  const found = table[venue] ?? LATENCY_DEFAULTS[venue] ?? rule(100, 200);
  const isGood =
    Number.isSafeInteger(found.minUs) &&
    Number.isSafeInteger(found.maxUs) &&
    found.minUs >= 0 &&
    found.maxUs >= found.minUs &&
    found.spikePpm >= 0 &&
    found.spikePpm <= 1_000_000 &&
    found.spikeFactorMax >= 2;
  if (isGood) return found;
  throw new XylenError(
    'XY_CONFIG_INVALID',
    `latency of ${venue} has 0 <= minUs <= maxUs, spikePpm in [0, 1000000] and spikeFactorMax >= 2, was ${JSON.stringify(found)}`,
  );
}

/** Which way a message goes: to the venue or back. */
export type Direction = 'request' | 'response';

/** Draws arrival times; draws 4 values of its generator per message. */
export class MessageLatency implements Checkpointable {
  readonly #prng: Prng;
  readonly #rules: readonly LatencyRule[];
  readonly #venueOf: readonly number[];
  readonly #lastRequestUs: Float64Array;
  readonly #lastResponseUs: Float64Array;

  constructor(prng: Prng, instruments: readonly Instrument[], table: LatencyTable) {
    const venues = [...new Set(instruments.map((instrument) => instrument.venue))];
    this.#prng = prng;
    this.#rules = venues.map((venue) => latencyOf(table, venue));
    this.#venueOf = instruments.map((instrument) => venues.indexOf(instrument.venue));
    this.#lastRequestUs = new Float64Array(venues.length);
    this.#lastResponseUs = new Float64Array(venues.length);
  }

  /** Returns when a message about an instrument that is sent at `sentUs` arrives. */
  arrivalUs(direction: Direction, instrumentIx: InstrumentIx, sentUs: EpochUs): EpochUs {
    const venue = this.#venueOf[instrumentIx]!;
    const arrivals = direction === 'request' ? this.#lastRequestUs : this.#lastResponseUs;
    const arrivalUs = Math.max(sentUs + this.#drawUs(this.#rules[venue]!), arrivals[venue]!);
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

  /** The second draw decides about a spike and, within it, about its size: every message draws alike. */
  #drawUs(rule: LatencyRule): number {
    const us = rule.minUs + this.#prng.uniform() * (rule.maxUs - rule.minUs);
    const spike = this.#prng.uniform();
    const share = rule.spikePpm / 1_000_000;
    const factor = spike < share ? 2 + (spike / share) * (rule.spikeFactorMax - 2) : 1;
    return Math.round(us * factor);
  }
}
