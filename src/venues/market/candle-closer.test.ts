/** A candle is told as finished once, when a later one or the venue's time says so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CandleCloser, newVenueCandle } from './candle-closer.ts';
import type { DecodedSink, VenueCandle } from './decoded.ts';

const MINUTE_US = 60_000_000;

function setup(): { closer: CandleCloser; told: string[]; sink: DecodedSink } {
  const told: string[] = [];
  const sink = {
    onCandle(candle: VenueCandle): void {
      const state = candle.isClosed ? 'closed' : 'open';
      told.push(`${candle.instrumentIx} ${candle.openTsUs / MINUTE_US} ${candle.closeTicks} ${state}`);
    },
  } as DecodedSink;
  return { closer: new CandleCloser(5_000_000), told, sink };
}

function candle(minute: number, closeTicks: number, instrumentIx = 0): VenueCandle {
  const openTsUs = minute * MINUTE_US;
  return { ...newVenueCandle(), instrumentIx, timeframeUs: MINUTE_US, openTsUs, closeTicks };
}

test('a later candle finishes the one before, with its last state', () => {
  const { closer, told, sink } = setup();
  closer.take(candle(1, 10), sink);
  closer.take(candle(1, 11), sink);
  closer.take(candle(1, 90, 1), sink);
  closer.take(candle(2, 12), sink);
  assert.deepEqual(told, ['0 1 10 open', '0 1 11 open', '1 1 90 open', '0 1 11 closed', '0 2 12 open']);
});

test('time finishes a candle of a quiet market, once', () => {
  const { closer, told, sink } = setup();
  closer.take(candle(1, 10), sink);
  closer.passTime(2 * MINUTE_US + 4_999_999, sink);
  assert.equal(told.length, 1);
  closer.passTime(2 * MINUTE_US + 5_000_000, sink);
  closer.passTime(9 * MINUTE_US, sink);
  closer.take(candle(7, 12), sink);
  assert.deepEqual(told.slice(1), ['0 1 10 closed', '0 7 12 open']);
});

test('what comes for a finished candle is counted and not told', () => {
  const { closer, told, sink } = setup();
  closer.take(candle(1, 10), sink);
  closer.passTime(3 * MINUTE_US, sink);
  closer.take(candle(1, 11), sink);
  closer.take(candle(0, 11), sink);
  assert.deepEqual(told, ['0 1 10 open', '0 1 10 closed']);
  assert.equal(closer.lateCount, 2);
});

test('a finished candle is stamped with its end', () => {
  const { closer, sink } = setup();
  const ends: number[] = [];
  sink.onCandle = (told) => void (told.isClosed && ends.push(told.tsVenueUs / MINUTE_US));
  for (const minute of [1, 2, 5]) closer.take(candle(minute, 10), sink);
  assert.deepEqual(ends, [2, 3]);
});
