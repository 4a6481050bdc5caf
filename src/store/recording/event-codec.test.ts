import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { XylenError } from '#core';
import { type FeedEvent, type FeedHour, LEDGER_CAUSES, type LedgerEntry, STREAM_KINDS } from '#domain';
import { propertySettings, testSeed } from '../../../test/support/property.ts';
import { EventDecoder } from './event-decoder.ts';
import { EventEncoder } from './event-encoder.ts';
import type { RecordedInstrument } from './record-form.ts';

const INSTRUMENTS: readonly RecordedInstrument[] = [
  { venue: 'binance-usdm', symbol: 'BTCUSDT', priceDecimals: 2, qtyDecimals: 3, tradeIds: 'aggregate' },
  { venue: 'kraken-spot', symbol: 'BTC/USD', priceDecimals: 1, qtyDecimals: 8, tradeIds: 'single' },
  { venue: 'ccxt:bitstamp', symbol: 'ÄÖ-1', priceDecimals: 0, qtyDecimals: 0, tradeIds: 'single' },
];

const MAX = Number.MAX_SAFE_INTEGER;
/** Numbers of every length, both ends of the safe integers among them. */
const whole = fc.oneof(
  fc.integer({ min: -70, max: 70 }),
  fc.maxSafeInteger(),
  fc.constantFrom(0, 63, 64, -64, 8191, 8192, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 45, MAX, -MAX),
);
const time = fc.integer({ min: 0, max: 4_102_444_800_000_000 });
const half = fc.integer({ min: 0, max: Math.floor(MAX / 2) });
const side = fc.constantFrom('buy' as const, 'sell' as const);
const levels = fc
  .array(fc.tuple(half, whole), { maxLength: 60 })
  .map((pairs) => Float64Array.from(pairs.flat()));
const base = { instrumentIx: fc.nat(2), tsVenueUs: time, tsLocalUs: time };

const anyEvent: fc.Arbitrary<FeedEvent> = fc.oneof(
  fc.record({
    kind: fc.constant('book' as const),
    ...base,
    isSnapshot: fc.boolean(),
    firstUpdateId: whole,
    lastUpdateId: whole,
    previousUpdateId: whole,
    bids: levels,
    asks: levels,
  }),
  fc.record({
    kind: fc.constant('trade' as const),
    ...base,
    tradeId: whole,
    priceTicks: whole,
    qtyLots: whole,
    takerSide: side,
  }),
  fc.record({
    kind: fc.constant('candle' as const),
    ...base,
    timeframeUs: whole,
    openTsUs: whole,
    openTicks: whole,
    highTicks: whole,
    lowTicks: whole,
    closeTicks: whole,
    volumeLots: whole,
  }),
  fc.record({ kind: fc.constant('funding' as const), ...base, rateE12: whole }),
  fc.record({ kind: fc.constant('mark-price' as const), ...base, markE8: whole, indexE8: whole }),
  fc.record({ kind: fc.constant('funding-rate' as const), ...base, rateE12: whole, nextFundingUs: whole }),
  fc.record({ kind: fc.constant('open-interest' as const), ...base, openInterestLots: whole }),
  fc.record({ kind: fc.constant('liquidation' as const), ...base, side, priceTicks: whole, qtyLots: whole }),
  fc.record({
    kind: fc.constant('quote' as const),
    ...base,
    updateId: whole,
    bidTicks: whole,
    bidLots: whole,
    askTicks: whole,
    askLots: whole,
  }),
  fc.record({
    kind: fc.constant('book-order' as const),
    ...base,
    action: fc.constantFrom('add' as const, 'modify' as const, 'delete' as const),
    side,
    orderId: fc.string({ unit: 'grapheme', maxLength: 40 }),
    priceTicks: whole,
    qtyLots: whole,
  }),
);

const anyLoss: fc.Arbitrary<LedgerEntry> = fc.record({
  venue: fc.constantFrom('coinbase' as const, 'ccxt:x_1' as const),
  symbol: fc.string({ minLength: 1, maxLength: 20 }),
  stream: fc.constantFrom(...STREAM_KINDS),
  cause: fc.constantFrom(...LEDGER_CAUSES),
  fromUs: time,
  toUs: time,
  lostFromId: whole,
  lostToId: whole,
  detail: fc.string({ unit: 'grapheme', maxLength: 60 }),
});

function copyOf(encoder: EventEncoder): Buffer {
  return Buffer.from(encoder.bytes.subarray(0, encoder.length));
}

test(`every event comes back as it was (seed ${testSeed()})`, () => {
  const encoder = new EventEncoder(INSTRUMENTS);
  const decoder = new EventDecoder();
  fc.assert(
    fc.property(anyEvent, fc.nat(9), (event, shift) => {
      encoder.event(event);
      const bytes = Buffer.concat([Buffer.alloc(shift, 0xff), copyOf(encoder), Buffer.alloc(3, 0xff)]);
      decoder.read(bytes, shift, shift + encoder.length);
      assert.deepEqual(decoder.toEvent(event.instrumentIx), { ...event });
      assert.deepEqual(decoder.instrument, INSTRUMENTS[event.instrumentIx]);
      decoder.head(bytes, shift, shift + encoder.length);
      assert.deepEqual([decoder.kind, decoder.tsLocalUs], [event.kind, event.tsLocalUs]);
    }),
    propertySettings(3_000),
  );
});

test(`losses, hours and frames come back as they were (seed ${testSeed()})`, () => {
  const encoder = new EventEncoder([]);
  const decoder = new EventDecoder();
  fc.assert(
    fc.property(anyLoss, time, fc.uint8Array({ maxLength: 300 }), (loss, tsUs, frame) => {
      encoder.ledger(loss, tsUs);
      decoder.read(copyOf(encoder));
      assert.deepEqual([decoder.toLedgerEntry(), decoder.tsLocalUs], [{ ...loss }, tsUs]);
      const { stream, symbol, venue } = loss;
      const counts = { messages: 5, gaps: 4, resyncs: 3, checksumFailures: 2, staleUs: 1, downUs: 0 };
      const hour: FeedHour = {
        venue,
        symbol,
        stream,
        hourUs: 0,
        ...counts,
        lagP50Us: -1,
        lagP99Us: 9,
        clockOffsetUs: -7,
      };
      encoder.hour(hour, tsUs);
      decoder.read(copyOf(encoder));
      assert.deepEqual(decoder.toFeedHour(), hour);
      encoder.raw(venue, symbol, frame, tsUs);
      const bytes = copyOf(encoder);
      decoder.read(bytes);
      assert.deepEqual([decoder.venue, decoder.subject], [venue, symbol]);
      assert.deepEqual(Uint8Array.from(bytes.subarray(decoder.frameStart, decoder.frameEnd)), frame);
    }),
    propertySettings(500),
  );
});

test('a book update is taken from its arrays as far as they count, checksum included', () => {
  const encoder = new EventEncoder(INSTRUMENTS);
  const decoder = new EventDecoder();
  const bids = { count: 2, priceTicks: Float64Array.of(100, 99, 7), qtyLots: Float64Array.of(5, 0, 7) };
  const asks = { count: 1, priceTicks: Float64Array.of(101, 7), qtyLots: Float64Array.of(6, 7) };
  const ids = { firstId: 5, lastId: 9, previousId: 4, checksum: 0xfedcba98 };
  encoder.book({ instrumentIx: 1, tsVenueUs: 3, tsLocalUs: 4, isSnapshot: true, ...ids, bids, asks });
  decoder.read(encoder.bytes, 0, encoder.length);
  assert.equal(decoder.checksum, 0xfedcba98);
  assert.deepEqual([...decoder.priceTicks.subarray(0, 3)], [100, 99, 101]);
  assert.deepEqual([...decoder.qtyLots.subarray(0, 3)], [5, 0, 6]);
  assert.ok(encoder.length < 60, `20 bytes of header and names more or less, was ${encoder.length}`);
});

test('the largest snapshots fit; no buffer is made for a record of usual size', () => {
  const encoder = new EventEncoder(INSTRUMENTS);
  const count = 50_000;
  const side = { count, priceTicks: new Float64Array(count), qtyLots: new Float64Array(count) };
  for (let i = 0; i < count; i++) {
    side.priceTicks[i] = 9_000_000 + i * 3;
    side.qtyLots[i] = (i * 7_919) % 100_003;
  }
  const ids = { firstId: 1, lastId: 2, previousId: -1, checksum: -1 };
  encoder.book({
    instrumentIx: 0,
    tsVenueUs: 1,
    tsLocalUs: 2,
    isSnapshot: true,
    ...ids,
    bids: side,
    asks: side,
  });
  const before = encoder.bytes;
  const trade = {
    instrumentIx: 0,
    tsVenueUs: 1,
    tradeId: 5,
    priceTicks: 6,
    qtyLots: 7,
    takerSide: 'buy',
  } as const;
  for (let i = 0; i < 100; i++) encoder.trade(trade, i);
  assert.equal(encoder.bytes, before);
});

test('what is no number of a record is a bug of the caller', () => {
  const encoder = new EventEncoder(INSTRUMENTS);
  const trade = {
    instrumentIx: 0,
    tsVenueUs: 1,
    tradeId: 5,
    priceTicks: 6,
    qtyLots: 7,
    takerSide: 'buy',
  } as const;
  for (const wrong of [1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    assert.throws(() => encoder.trade({ ...trade, priceTicks: wrong }, 1), /safe integer/);
    assert.throws(() => encoder.trade(trade, wrong), /safe integer/);
  }
  assert.throws(() => encoder.trade({ ...trade, instrumentIx: 3 }, 1), /one of 3 instruments/);
});

test(`damaged records are refused, or are records of the form (seed ${testSeed()})`, () => {
  const encoder = new EventEncoder(INSTRUMENTS);
  fc.assert(
    fc.property(
      anyEvent,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.nat(4),
      (event, place, flip, cut) => {
        encoder.event(event);
        const bytes = copyOf(encoder);
        bytes[place % bytes.length]! ^= flip;
        const decoder = new EventDecoder();
        try {
          decoder.read(bytes, 0, bytes.length - cut);
        } catch (thrown) {
          assert.ok(thrown instanceof XylenError && thrown.code === 'XY_FILE_DAMAGED', String(thrown));
          return;
        }
        // What is accepted is exactly one record: written again it has the same bytes.
        const found = decoder.toEvent(0);
        if (found === null || decoder.kind === 'orders-clear') return;
        const { instrument } = decoder;
        assert.ok(instrument !== null);
        const mine = new EventEncoder([instrument]);
        mine.event(found);
        if (decoder.checksum < 0 || decoder.kind !== 'book')
          assert.deepEqual(copyOf(mine), bytes.subarray(0, bytes.length - cut));
      },
    ),
    propertySettings(4_000),
  );
});

test('a record that says less or more than its kind is refused', () => {
  const encoder = new EventEncoder(INSTRUMENTS);
  const decoder = new EventDecoder();
  encoder.ordersClear(0, -1, 5);
  const bytes = copyOf(encoder);
  decoder.read(bytes);
  assert.equal(decoder.kind, 'orders-clear');
  for (let end = 0; end < bytes.length; end++)
    assert.throws(() => decoder.read(bytes, 0, end), { code: 'XY_FILE_DAMAGED' }, `cut at ${end}`);
  assert.throws(() => decoder.read(Buffer.concat([bytes, Buffer.of(0)])), /1 bytes are left/);
  assert.throws(
    () => decoder.read(Buffer.concat([Buffer.of(2), bytes.subarray(1)])),
    /its version is 1, was 2/,
  );
  assert.throws(() => decoder.read(Buffer.concat([Buffer.of(1, 99), bytes.subarray(2)])), /no kind 99/);
});
