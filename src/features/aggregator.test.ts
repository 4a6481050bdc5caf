import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { US_PER_MINUTE } from '#core';
import { propertySettings } from '../../test/support/property.ts';
import { CandleAggregator } from './aggregator.ts';
import type { Bar } from './bar.ts';
import { loadTape, saveTape } from './state-tape.ts';

const MINUTE = US_PER_MINUTE;

function bar(minute: number, price = 10 + (minute % 7)): Bar {
  return {
    openTsUs: minute * MINUTE,
    open: price,
    high: price + 2,
    low: price - 1,
    close: price + 1,
    volume: 1 + (minute % 3),
  };
}

/** Feeds one-minute bars and returns the closed higher bars, each with the minute of the lower bar that closed it. */
function run(
  aggregator: CandleAggregator,
  minutes: readonly number[],
): (Bar & { readonly closedBy: number })[] {
  const closed: (Bar & { readonly closedBy: number })[] = [];
  for (const minute of minutes) {
    const lower = bar(minute);
    if (aggregator.closeOverdue(lower.openTsUs)) closed.push({ ...aggregator.closed, closedBy: minute });
    if (aggregator.push(lower)) closed.push({ ...aggregator.closed, closedBy: minute });
  }
  return closed;
}

function fiveMinutes(): CandleAggregator {
  return new CandleAggregator(5 * MINUTE, MINUTE);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

test('A1 A2 a higher bar holds the lower bars that open in it and closes with the last of them', () => {
  const [first, second, ...more] = run(fiveMinutes(), range(5, 15));
  const bars = range(5, 10).map((minute) => bar(minute));
  assert.deepEqual(first, {
    openTsUs: 5 * MINUTE,
    open: bars[0]!.open,
    high: Math.max(...bars.map((lower) => lower.high)),
    low: Math.min(...bars.map((lower) => lower.low)),
    close: bars[4]!.close,
    volume: bars.reduce((sum, lower) => sum + lower.volume, 0),
    closedBy: 9,
  });
  assert.deepEqual([second?.openTsUs, second?.closedBy, more.length], [10 * MINUTE, 14, 0]);
});

test('A3 a bar whose last part is missing closes when the next lower bar arrives, without it', () => {
  const [first] = run(fiveMinutes(), [5, 6, 7, 13]);
  assert.deepEqual([first?.openTsUs, first?.close, first?.closedBy], [5 * MINUTE, bar(7).close, 13]);
});

test('A4 a higher bar without lower bars does not exist', () => {
  const opens = run(fiveMinutes(), [...range(5, 10), ...range(25, 30)]).map(
    (higher) => higher.openTsUs / MINUTE,
  );
  assert.deepEqual(opens, [5, 25]);
});

test('A5 the bar in which the stream begins is dropped unless the stream begins at its start', () => {
  assert.deepEqual(
    run(fiveMinutes(), range(6, 16)).map((higher) => higher.openTsUs / MINUTE),
    [10],
  );
  assert.deepEqual(
    run(fiveMinutes(), [7, 12, 20]).map((higher) => higher.openTsUs / MINUTE),
    [10],
  );
});

test('a source of the same timeframe passes through', () => {
  const closed = run(new CandleAggregator(MINUTE, MINUTE), [3, 4, 9]);
  assert.deepEqual(
    closed.map(({ closedBy: _, ...higher }) => higher),
    [bar(3), bar(4), bar(9)],
  );
});

test('an overdue bar must be closed first', () => {
  const aggregator = fiveMinutes();
  aggregator.push(bar(5));
  assert.throws(() => aggregator.push(bar(11)), /closed before the next/);
  assert.throws(() => new CandleAggregator(5 * MINUTE, 2 * MINUTE), /divides/);
});

const MINUTES = fc
  .uniqueArray(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 120 })
  .map((minutes) => minutes.sort((a, b) => a - b));

test('cutting the input anywhere changes nothing before the cut', () => {
  fc.assert(
    fc.property(MINUTES, fc.nat(120), (minutes, at) => {
      const cut = minutes.slice(0, at);
      const lastMinute = cut.at(-1) ?? -1;
      const whole = run(fiveMinutes(), minutes).filter((higher) => higher.closedBy <= lastMinute);
      assert.deepEqual(run(fiveMinutes(), cut), whole);
    }),
    propertySettings(),
  );
});

test('a bar is never closed before its end has passed', () => {
  fc.assert(
    fc.property(MINUTES, (minutes) => {
      for (const higher of run(fiveMinutes(), minutes)) {
        assert.ok((higher.closedBy + 1) * MINUTE >= higher.openTsUs + 5 * MINUTE);
      }
    }),
    propertySettings(),
  );
});

test('saved in the middle of a bar it continues as if it had not been', () => {
  fc.assert(
    fc.property(MINUTES, fc.nat(120), (minutes, at) => {
      const first = fiveMinutes();
      const head = run(first, minutes.slice(0, at));
      const second = fiveMinutes();
      loadTape(second, saveTape(first));
      assert.deepEqual([...head, ...run(second, minutes.slice(at))], run(fiveMinutes(), minutes));
    }),
    propertySettings(),
  );
});
