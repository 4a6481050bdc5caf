/**
 * The adapters that the conformance suite runs over: those of the hostile venues, and Binance.US, which speaks the dialect of Binance spot. What
 * venues do differently on purpose, and state in their README, stands here as a trait.
 */
import { assert } from '#core';
import { BINANCEUS_SPOT } from '#venues/binance';
import { VENUES_UNDER_TEST, type VenueUnderTest } from '../hostile/venues.ts';

/** What a venue does its own way. */
export interface VenueTraits {
  /** A quantity finer than a lot: the frame is refused, or the quantity cut to whole lots and never to nothing. */
  readonly finerQty: 'refused' | 'cut';
  /** An ask whose price alone is too large for any book: the frame is refused, or the level left out, since it stands behind all others. */
  readonly hugeAsk: 'refused' | 'left-out';
  /** Candles that can be had by request, counted back from now; `null` = all. */
  readonly candlesKept: number | null;
}

/** An adapter, its dialect and its traits. */
export interface AdapterUnderTest extends VenueUnderTest {
  readonly traits: VenueTraits;
}

const STRICT: VenueTraits = { finerQty: 'refused', hugeAsk: 'refused', candlesKept: null };

const TRAITS: Readonly<Record<string, Partial<VenueTraits>>> = {
  // Asks of a hundred million stand in real books.
  'kraken-spot': { hugeAsk: 'left-out', candlesKept: 720 },
  'kraken-futures': { hugeAsk: 'left-out' },
  // Orders by amount leave fractions of lots.
  'kucoin-spot': { finerQty: 'cut' },
  'kucoin-futures': { finerQty: 'cut' },
};

/** All adapters, each once. */
export const ADAPTERS_UNDER_TEST: readonly AdapterUnderTest[] = [
  ...VENUES_UNDER_TEST,
  { ...venueUnderTest('binance-spot'), venue: 'binanceus-spot' as const, adapter: BINANCEUS_SPOT },
].map((under) => ({ ...under, traits: { ...STRICT, ...TRAITS[under.venue] } }));

function venueUnderTest(venue: string): VenueUnderTest {
  const found = VENUES_UNDER_TEST.find((under) => under.venue === venue);
  assert(found !== undefined, `${venue} is a hostile venue`);
  return found;
}
