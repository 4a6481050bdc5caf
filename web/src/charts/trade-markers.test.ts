import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Candle, Trade } from '../wire.ts';
import { markersOf } from './trade-markers.ts';

const BAR = 300;

function candles(count: number, firstUs = 1_000): Candle[] {
  return Array.from({ length: count }, (_, i) => ({
    tsUs: firstUs + i * BAR,
    open: 1,
    high: 1,
    low: 1,
    close: 1,
    volume: 0,
  }));
}

function trade(changes: Partial<Trade>): Trade {
  return {
    tradeId: 1,
    symbol: 'A',
    strategy: 's',
    side: 'LONG',
    status: 'CLOSED',
    entryTsUs: 1_000,
    exitTsUs: 2_000,
    entryPrice: 1,
    exitPrice: 1,
    quantity: 1,
    entryNotional: 1,
    fees: 0,
    funding: 0,
    pnl: 0,
    pnlFraction: 0,
    exitLabel: 'EXIT',
    ...changes,
  };
}

test('marks stand on the bar in which it happened, the newest bar when none has opened since', () => {
  const markers = markersOf([trade({ entryTsUs: 1_299, exitTsUs: 9_999 })], candles(4));
  assert.deepEqual(
    markers.map(({ kind, tsUs }) => [kind, tsUs]),
    [
      ['entry', 1_000],
      ['exit', 1_900],
    ],
  );
});

test('what closed a trade is told by the mark', () => {
  const ends = [
    { exitLabel: 'SL' },
    { exitLabel: 'TP' },
    { exitLabel: 'EXIT' },
    { exitLabel: null, status: 'LIQUIDATED' },
  ] as const;
  assert.deepEqual(
    ends.map((end) => markersOf([trade(end)], candles(9)).map(({ kind, text }) => `${kind} ${text}`)[1]),
    ['stop SL', 'target TP', 'exit X', 'exit LIQ'],
  );
});

test('what lies before the chart is left out, an open trade has no exit, and marks are in order of time', () => {
  const markers = markersOf(
    [
      trade({ side: 'SHORT', entryTsUs: 1_700, exitTsUs: null, exitLabel: null, status: 'OPEN' }),
      trade({ entryTsUs: 10, exitTsUs: 1_100 }),
      trade({ entryTsUs: 10, exitTsUs: 20 }),
    ],
    candles(4),
  );
  assert.deepEqual(
    markers.map(({ kind, side }) => `${kind} ${side}`),
    ['exit LONG', 'entry SHORT'],
  );
  assert.deepEqual(markersOf([trade({})], []), []);
});
