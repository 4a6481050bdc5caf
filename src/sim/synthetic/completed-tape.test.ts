/** What a recording lacks is invented around what it has, which stays as it was recorded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { L2Book } from '#book';
import { type EpochUs, Prng, US_PER_MINUTE, US_PER_SECOND } from '#core';
import { InstrumentTable, type MarketEvent } from '#domain';
import type { PacedSource, SourceFeed } from '../source.ts';
import { CompletedTape } from './completed-tape.ts';
import { SYNTHETIC_SYMBOLS, syntheticInstrument } from './symbols.ts';

const START_US = 1_700_006_400_000_000;
const INSTRUMENTS = new InstrumentTable(SYNTHETIC_SYMBOLS.slice(0, 2).map(syntheticInstrument));

/** A source of events that come by turns at once and by a promise. */
function sourceOf(feeds: readonly SourceFeed[], events: readonly MarketEvent[]): PacedSource {
  let at = 0;
  return {
    feeds,
    next: () => {
      const event = events[at++];
      return at % 3 === 0 ? Promise.resolve(event) : event;
    },
    saveState: () => at,
    loadState: () => undefined,
  };
}

async function tapeOf(
  source: PacedSource,
  seed = 1,
): Promise<{ tape: CompletedTape; events: MarketEvent[] }> {
  const tape = new CompletedTape({ source, instruments: INSTRUMENTS, prng: new Prng(seed) });
  const events: MarketEvent[] = [];
  for (;;) {
    const event = await tape.next(Number.POSITIVE_INFINITY);
    if (event === undefined) return { tape, events };
    assert.ok(event.kind !== 'quiet');
    events.push(event);
  }
}

const feed = (
  instrumentIx: number,
  kind: SourceFeed['kind'],
  timeframeUs: number | null = null,
): SourceFeed => ({
  instrumentIx,
  kind,
  timeframeUs,
});

function bar(instrumentIx: number, index: number, volumeLots: number): MarketEvent {
  const openTsUs = START_US + index * US_PER_MINUTE;
  return {
    ...{ kind: 'candle', instrumentIx, openTsUs, timeframeUs: US_PER_MINUTE, volumeLots },
    ...{ openTicks: 600_000, highTicks: 600_900, lowTicks: 599_500, closeTicks: 600_300 },
    ...{ tsVenueUs: openTsUs + US_PER_MINUTE, tsLocalUs: openTsUs + US_PER_MINUTE },
  };
}

function print(instrumentIx: number, atUs: EpochUs, tradeId: number, priceTicks: number): MarketEvent {
  const moment = { instrumentIx, tsVenueUs: atUs, tsLocalUs: atUs };
  return { kind: 'trade', ...moment, tradeId, priceTicks, qtyLots: 50, takerSide: 'buy' };
}

function assertInOrder(events: readonly MarketEvent[]): void {
  for (const [at, event] of events.entries())
    assert.ok(event.tsVenueUs >= (events[at - 1]?.tsVenueUs ?? 0), `event ${at} goes back in time`);
}

/** Plays the books; returns how many there were. */
function playBooks(events: readonly MarketEvent[], instrumentIx: number): number {
  const book = new L2Book();
  let count = 0;
  for (const event of events) {
    if (event.kind !== 'book' || event.instrumentIx !== instrumentIx) continue;
    count++;
    if (event.isSnapshot) book.applySnapshot(event.bids, event.asks);
    else book.applyDelta(event.bids, event.asks);
    assert.ok(book.bestBidTicks < book.bestAskTicks);
  }
  return count;
}

test('bars become prints and books within their range; where nobody traded there are no prints', async () => {
  const feeds = [feed(0, 'candle', US_PER_MINUTE), feed(1, 'candle', US_PER_MINUTE)];
  const bars = [bar(0, 0, 5_000), bar(1, 0, 4_000), bar(0, 1, 0), bar(1, 1, 4_000)];
  const { events, tape } = await tapeOf(sourceOf(feeds, bars));
  assertInOrder(events);
  assert.ok(playBooks(events, 0) > 500 && playBooks(events, 1) > 500);
  const marks = events.flatMap((event) => (event.kind === 'mark' ? [event.markTicks] : []));
  assert.ok(marks.length >= 200 && marks.every((ticks) => ticks >= 599_500 && ticks <= 600_900));
  const prints = events.filter(({ instrumentIx, kind }) => kind === 'trade' && instrumentIx === 0);
  assert.ok(prints.length > 100 && prints.every(({ tsVenueUs }) => tsVenueUs < START_US + US_PER_MINUTE));
  assert.equal(tape.invented.length, 4);
  assert.deepEqual((await tapeOf(sourceOf(feeds, bars))).events, events);
});

test('prints stay as they are; a book is around them, and the mark is the last price', async () => {
  const feeds = [feed(0, 'trade'), feed(1, 'trade'), feed(1, 'mark')];
  const recorded = Array.from({ length: 40 }, (_, at) =>
    print(at % 2, START_US + at * 300_000, at + 1, 600_000 + ((at * 37) % 90)),
  );
  const { events } = await tapeOf(sourceOf(feeds, recorded));
  assertInOrder(events);
  assert.deepEqual(
    events.filter(({ kind }) => kind === 'trade'),
    recorded,
  );
  assert.equal(playBooks(events, 0), 20);
  const marked = events.filter(({ kind }) => kind === 'mark');
  assert.ok(marked.length >= 9 && marked.every(({ instrumentIx }) => instrumentIx === 0));
});

test('a whole recording comes as it was recorded', async () => {
  const feeds = [0, 1].flatMap((ix) => [feed(ix, 'book'), feed(ix, 'trade'), feed(ix, 'mark')]);
  const events: MarketEvent[] = Array.from({ length: 20 }, (_, at) =>
    print(0, START_US + at * US_PER_SECOND, at + 1, 600_000 + at),
  );
  const told = await tapeOf(sourceOf(feeds, events));
  assert.deepEqual(told.events, events);
  assert.deepEqual(told.tape.invented, []);
});
