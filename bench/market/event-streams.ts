/** What stands behind the feed: candles made of trades, and the window that brings the events of all feeds into one order. */
import { assert, Prng, US_PER_MINUTE, US_PER_MS, US_PER_SECOND } from '#core';
import { type FeedEvent, FeedHash, feedReorderWindow, type TradeEvent } from '#domain';
import { type TradeCandle, TradeCandleBuilder } from '#features';
import type { Way } from './rounds.ts';

/** What was timed and what it came to. */
export interface EventStreams {
  readonly ways: readonly Way[];
  /** Texts that depend on every result. */
  readonly results: readonly string[];
}

const START_US = 1_700_000_000_000_000;
const TIMEFRAMES_US = [1, 5, 15, 60].map((minutes) => minutes * US_PER_MINUTE);
const LATENESS_US = 2 * US_PER_SECOND;
const INSTRUMENTS = 200;
const VENUES = 4;
const EVENTS_PER_S = 20_000;
const TRADES_PER_S = 200;
const BOOK_SHARE = 0.8;

/** Names of the two ways. */
export const CANDLES_WAY = 'candles of trades';
export const REORDER_WAY = 'reorder window';

/** Makes `eventCount` trades of one instrument and as many events of many. */
export function eventStreams(eventCount: number, seed: number): EventStreams {
  const trades = seededTrades(eventCount, new Prng(seed).split('trades'));
  const events = seededEvents(eventCount, new Prng(seed).split('events'));
  const candles = candlesOf(trades);
  const hash = new FeedHash();
  const order = orderOf(events, (event) => hash.add(event));
  assert(order === events.length, 'every event leaves the window');
  return {
    ways: [
      wayOf(CANDLES_WAY, trades.length, () => candlesOf(trades).length, candles.length),
      wayOf(REORDER_WAY, events.length, () => orderOf(events, () => undefined), order),
    ],
    results: [JSON.stringify(candles, textOfBigInt), hash.hex()],
  };
}

function wayOf(name: string, count: number, run: () => number, expected: number): Way {
  return {
    name,
    count,
    prepare: () => {
      let found = 0;
      return {
        work: () => {
          found = run();
        },
        check: () => assert(found === expected, `${name} comes to the same every time`),
      };
    },
  };
}

function candlesOf(trades: readonly TradeEvent[]): readonly TradeCandle[] {
  const candles: TradeCandle[] = [];
  const builder = new TradeCandleBuilder({
    timeframesUs: TIMEFRAMES_US,
    latenessUs: LATENESS_US,
    onCandle: (candle) => candles.push(candle),
  });
  for (const trade of trades) builder.push(trade);
  return candles;
}

function orderOf(events: readonly FeedEvent[], take: (event: FeedEvent) => void): number {
  let count = 0;
  const window = feedReorderWindow(
    (event) => {
      count++;
      take(event);
    },
    { instrumentsMax: INSTRUMENTS },
  );
  for (const event of events) window.push(event);
  window.flush();
  return count;
}

/** Trades of one instrument, most in order, some up to a second late. */
function seededTrades(count: number, prng: Prng): TradeEvent[] {
  const trades: TradeEvent[] = [];
  let tsLocalUs = START_US;
  let priceTicks = 639_474;
  for (let tradeId = 1; tradeId <= count; tradeId++) {
    tsLocalUs += 1 + Math.floor(prng.exponential(US_PER_SECOND / TRADES_PER_S));
    priceTicks += prng.integer(-3, 4);
    const lagUs = prng.uniform() < 0.02 ? prng.integer(0, US_PER_SECOND) : prng.integer(0, US_PER_MS);
    const form = { priceTicks, qtyLots: prng.integer(1, 5_000) };
    const takerSide = prng.uniform() < 0.5 ? 'buy' : 'sell';
    trades.push({
      kind: 'trade',
      instrumentIx: 0,
      tsVenueUs: tsLocalUs - lagUs,
      tsLocalUs,
      tradeId,
      ...form,
      takerSide,
    });
  }
  return trades;
}

/** Events of many instruments at venues of different distance, in the order of their arrival. */
function seededEvents(count: number, prng: Prng): FeedEvent[] {
  const events: FeedEvent[] = [];
  let tsLocalUs = START_US;
  for (let id = 1; id <= count; id++) {
    tsLocalUs += 1 + Math.floor(prng.exponential(US_PER_SECOND / EVENTS_PER_S));
    const instrumentIx = prng.integer(0, INSTRUMENTS);
    const awayUs = (1 + (instrumentIx % VENUES)) * 20 * US_PER_MS;
    const tsVenueUs = tsLocalUs - awayUs - Math.floor(prng.exponential(5 * US_PER_MS));
    const base = { instrumentIx, tsVenueUs, tsLocalUs };
    if (prng.uniform() < BOOK_SHARE) {
      const ids = { firstUpdateId: id, lastUpdateId: id, previousUpdateId: -1 };
      const levels = { bids: Float64Array.of(639_474, id), asks: new Float64Array() };
      events.push({ kind: 'book', isSnapshot: false, ...base, ...ids, ...levels });
    } else
      events.push({ kind: 'trade', ...base, tradeId: id, priceTicks: 639_474, qtyLots: 1, takerSide: 'buy' });
  }
  return events;
}

function textOfBigInt(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
