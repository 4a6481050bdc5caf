import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_MINUTE, XylenError } from '#core';
import { fetchCandles } from './history.ts';
import { FakeCcxtError, FakeExchange } from './test/fake-exchange.ts';
import { instrumentOf } from './test/feed-stage.ts';

const FROM_US = 1_700_000_040_000_000;
const INSTRUMENT = instrumentOf('BTC/USDT', 0);

function rows(count: number, from = 0): number[][] {
  return Array.from({ length: count }, (_, at) => [
    FROM_US / 1_000 + (from + at) * 60_000,
    10.5,
    11,
    10,
    10.25,
    1.5,
  ]);
}

function range(count: number) {
  return {
    instrument: INSTRUMENT,
    timeframeUs: US_PER_MINUTE,
    fromUs: FROM_US,
    toUs: FROM_US + count * US_PER_MINUTE,
  };
}

test('pages of any size make one history without hole or double', async () => {
  for (const pageRows of [1, 7, 100, 5_000]) {
    const exchange = new FakeExchange();
    exchange.history = rows(50);
    exchange.pageRows = pageRows;
    const candles = await fetchCandles(exchange, range(48));
    assert.deepEqual(
      candles.map(({ openTsUs }) => openTsUs),
      Array.from({ length: 48 }, (_, at) => FROM_US + at * US_PER_MINUTE),
      `${pageRows} a page`,
    );
    assert.deepEqual(candles[0], {
      openTsUs: FROM_US,
      openTicks: 1_050,
      highTicks: 1_100,
      lowTicks: 1_000,
      closeTicks: 1_025,
      volumeLots: 1_500,
    });
  }
});

test('a hole in the history does not end it, the newest first are turned around, what is asked again is told once', async () => {
  const exchange = new FakeExchange();
  exchange.history = [...rows(3), ...rows(3, 600)];
  assert.equal((await fetchCandles(exchange, range(700))).length, 6);
  const backwards = new FakeExchange();
  backwards.fetchOHLCV = async () => [...rows(5), ...rows(5)].reverse();
  assert.equal((await fetchCandles(backwards, range(5))).length, 5);
});

test('an exchange that has no more, or answers with the past again, is not asked for ever', async () => {
  const exchange = new FakeExchange();
  assert.deepEqual(await fetchCandles(exchange, range(1_200)), []);
  assert.equal(exchange.asked.length, 3);
  const stuck = new FakeExchange();
  stuck.fetchOHLCV = async () => rows(3, -10);
  assert.deepEqual(await fetchCandles(stuck, range(100)), []);
});

test('what fails says who and what', async () => {
  const exchange = new FakeExchange();
  exchange.fetchOHLCV = async () => {
    throw new FakeCcxtError('RequestTimeout', 'too slow');
  };
  await assert.rejects(fetchCandles(exchange, range(1)), (thrown: unknown) => {
    assert.ok(thrown instanceof XylenError);
    assert.equal(thrown.code, 'XY_VENUE_FAILED');
    assert.match(thrown.message, /ccxt:fake candles of BTC\/USDT: RequestTimeout: too slow/);
    return true;
  });
  exchange.fetchOHLCV = async () => [[FROM_US / 1_000, 'x', 1, 1, 1, 1]];
  await assert.rejects(fetchCandles(exchange, range(1)), /expected a candle of BTC\/USDT/);
  await assert.rejects(
    fetchCandles(exchange, { ...range(1), timeframeUs: 7 }),
    /candles of 1m 1h 1M, not of 7 us/,
  );
});
