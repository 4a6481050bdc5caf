/**
 * A feed of invented events for recordings: which event comes at a number is a function of that number alone, so that whoever reads a recording
 * knows what must be in it. Book deltas of 20 levels, trades, quotes, marks, candles; now and then a snapshot.
 */
import { US_PER_MINUTE } from '#core';
import type { FeedEvent } from '#domain';
import type { RecordedInstrument } from '#store/recording';

/** Levels of a book delta. */
export const DELTA_LEVELS = 20;

/** Returns instruments named S0, S1, ... */
export function syntheticInstruments(count: number): RecordedInstrument[] {
  return Array.from({ length: count }, (_, i) => ({
    venue: i % 2 === 0 ? ('binance-usdm' as const) : ('kraken-spot' as const),
    symbol: `S${i}USDT`,
    priceDecimals: 1 + (i % 3),
    qtyDecimals: i % 4,
    tradeIds: i % 2 === 0 ? ('aggregate' as const) : ('single' as const),
  }));
}

/** When a synthetic feed runs: events are `stepUs` apart from `startUs` on. */
export interface FeedTimes {
  readonly startUs: number;
  readonly stepUs: number;
}

/** Returns the event of a number; instruments take turns. */
export function syntheticEvent(
  n: number,
  instrumentCount: number,
  { startUs, stepUs }: FeedTimes,
): FeedEvent {
  const instrumentIx = n % instrumentCount;
  const turn = Math.floor(n / instrumentCount);
  const tsLocalUs = startUs + n * stepUs;
  const base = { instrumentIx, tsLocalUs, tsVenueUs: tsLocalUs - 1_000 - (n % 5_000) };
  const price = 100_000 + ((n * 7_919) % 1_000);
  const lots = 1 + ((n * 104_729) % 5_000);
  switch (turn % 10) {
    case 5:
      return {
        kind: 'trade',
        ...base,
        tradeId: turn,
        priceTicks: price,
        qtyLots: lots,
        takerSide: n % 3 === 0 ? 'buy' : 'sell',
      };
    case 6:
      return {
        kind: 'quote',
        ...base,
        updateId: turn,
        bidTicks: price,
        bidLots: lots,
        askTicks: price + 1,
        askLots: lots + 1,
      };
    case 7:
      return { kind: 'mark-price', ...base, markE8: price * 1_000_003, indexE8: -1 };
    case 8:
      if (turn % 20 === 8) return { kind: 'open-interest', ...base, openInterestLots: lots };
      return { kind: 'liquidation', ...base, side: 'sell', priceTicks: price, qtyLots: lots };
    case 9: {
      const openTsUs =
        Math.floor(startUs / US_PER_MINUTE) * US_PER_MINUTE + Math.floor(turn / 10) * US_PER_MINUTE;
      const prices = { openTicks: price, highTicks: price + 5, lowTicks: price - 5, closeTicks: price + 1 };
      const tsVenueUs = openTsUs + US_PER_MINUTE;
      return {
        kind: 'candle',
        ...base,
        tsVenueUs,
        timeframeUs: US_PER_MINUTE,
        openTsUs,
        ...prices,
        volumeLots: lots,
      };
    }
    default:
      return bookEvent(base, turn, price, lots);
  }
}

function bookEvent(
  base: { readonly instrumentIx: number; readonly tsLocalUs: number; readonly tsVenueUs: number },
  turn: number,
  price: number,
  lots: number,
): FeedEvent {
  const levels = turn === 0 ? 3 * DELTA_LEVELS : turn % 50 === 1 ? 0 : DELTA_LEVELS;
  const side = (sign: 1 | -1): Float64Array => {
    const pairs = new Float64Array(levels);
    for (let i = 0; i < levels / 2; i++) {
      pairs[2 * i] = price + sign * (i + 1);
      pairs[2 * i + 1] = i % 7 === 0 ? 0 : lots + i;
    }
    return pairs;
  };
  return {
    kind: 'book',
    ...base,
    isSnapshot: turn === 0,
    firstUpdateId: turn * 10 + 1,
    lastUpdateId: turn * 10 + 10,
    previousUpdateId: turn * 10,
    bids: side(-1),
    asks: side(1),
  };
}
