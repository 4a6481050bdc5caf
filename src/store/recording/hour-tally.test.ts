import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND } from '#core';
import type { LedgerEntry } from '#domain';
import { HourTally, TALLY_PART_US } from './hour-tally.ts';
import type { RecordedInstrument } from './record-form.ts';

const INSTRUMENTS: readonly RecordedInstrument[] = [
  { venue: 'binance-usdm', symbol: 'BTCUSDT', priceDecimals: 1, qtyDecimals: 3, tradeIds: 'aggregate' },
  { venue: 'kraken-spot', symbol: 'BTC/USD', priceDecimals: 1, qtyDecimals: 8, tradeIds: 'single' },
];
const T0 = Date.UTC(2024, 4, 1, 10, 50) * 1_000;
const HOUR_US = Date.UTC(2024, 4, 1, 10) * 1_000;

function loss(changes: Partial<LedgerEntry>): LedgerEntry {
  return {
    ...{ venue: 'binance-usdm', symbol: 'BTCUSDT', stream: 'book', cause: 'disconnect', detail: '' },
    ...{ fromUs: T0, toUs: T0 + US_PER_SECOND, lostFromId: -1, lostToId: -1 },
    ...changes,
  };
}

test('messages are counted by stream and part of an hour, with how late they were', () => {
  const tally = new HourTally(INSTRUMENTS);
  tally.clockOffset('binance-usdm', 1_500.4);
  for (let i = 0; i < 100; i++) tally.message(0, 'book', T0 + i, T0 + i - (i < 98 ? 1_000 : 900_000));
  tally.message(1, 'trades', T0 + 200, T0 + 200);
  tally.message(0, 'book', T0 + 300, T0 + 400);
  assert.equal(tally.readyCount, 0);
  tally.message(1, 'trades', T0 + TALLY_PART_US, T0);
  const [book, trades, ...others] = tally.take();
  assert.deepEqual(others, []);
  const { lagP50Us = 0, lagP99Us = 0 } = book ?? {};
  assert.ok(lagP50Us >= 1_000 && lagP50Us <= 1_414 && lagP99Us >= 900_000 && lagP99Us <= 1_300_000);
  assert.deepEqual(
    { ...book, lagP50Us: 0, lagP99Us: 0 },
    {
      ...{
        venue: 'binance-usdm',
        symbol: 'BTCUSDT',
        stream: 'book',
        hourUs: HOUR_US,
        messages: 101,
        gaps: 0,
      },
      ...{
        resyncs: 0,
        checksumFailures: 0,
        staleUs: 0,
        lagP50Us: 0,
        lagP99Us: 0,
        clockOffsetUs: 1_500,
        downUs: 0,
      },
    },
  );
  assert.deepEqual([trades?.messages, trades?.lagP50Us, trades?.clockOffsetUs], [1, -1, 0]);
  tally.finish();
  assert.deepEqual(
    tally.take().map(({ hourUs, messages, stream }) => [stream, hourUs, messages]),
    [['trades', HOUR_US, 1]],
  );
  tally.finish();
  assert.equal(tally.readyCount, 0);
});

test('the first snapshot of a session begins a book, the others are re-syncs', () => {
  const tally = new HourTally(INSTRUMENTS);
  for (let i = 0; i < 3; i++) tally.snapshot(0);
  tally.snapshot(1);
  tally.message(0, 'book', T0, T0);
  tally.finish();
  assert.deepEqual(
    tally.take().map(({ resyncs, symbol }) => [symbol, resyncs]),
    [['BTCUSDT', 2]],
  );
});

test('losses are laid into the hours they reach over; where they overlap they count once', () => {
  const tally = new HourTally(INSTRUMENTS);
  tally.loss(loss({ fromUs: T0, toUs: T0 + 70 * US_PER_MINUTE, cause: 'sequence-gap' }));
  tally.loss(loss({ fromUs: T0 + 60 * US_PER_MINUTE, toUs: T0 + 71 * US_PER_MINUTE, cause: 'checksum' }));
  tally.loss(
    loss({
      symbol: 'BTC/USD',
      venue: 'kraken-spot',
      fromUs: T0,
      toUs: T0 + US_PER_MINUTE,
      cause: 'recorder-down',
    }),
  );
  tally.loss(loss({ symbol: 'UNKNOWN' }));
  assert.deepEqual(
    tally
      .take()
      .map(({ downUs, hourUs, staleUs, symbol }) =>
        [symbol, (hourUs - HOUR_US) / US_PER_HOUR, staleUs / US_PER_MINUTE, downUs / US_PER_MINUTE].join(' '),
      ),
    ['BTCUSDT 0 10 0', 'BTCUSDT 1 60 0', 'BTCUSDT 2 1 0', 'BTC/USD 0 0 1'],
  );
  tally.message(0, 'book', T0, T0);
  tally.finish();
  const [book] = tally.take();
  assert.deepEqual([book?.gaps, book?.checksumFailures], [1, 1]);
});

test('figures that could not be written down are handed out again, before later ones', () => {
  const tally = new HourTally(INSTRUMENTS);
  tally.loss(loss({}));
  const [first] = tally.take();
  assert.ok(first !== undefined);
  tally.loss(loss({ fromUs: T0 + US_PER_SECOND, toUs: T0 + 3 * US_PER_SECOND }));
  tally.putBack([first]);
  assert.deepEqual(
    tally.take().map(({ staleUs }) => staleUs / US_PER_SECOND),
    [1, 2],
  );
});
