import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertySettings } from '../../test/support/property.ts';
import { applyChanges, mergeEquity, mergeList } from './apply-changes.ts';
import { CANDLES_MAX, DECISIONS_MAX, EQUITY_POINTS_MAX, ORDERS_MAX } from './limits.ts';
import type { EquityCurve, EquityPoint } from './market.ts';
import { emptyState } from './state.ts';
import type { Order } from './trading.ts';

const MINUTE_US = 60_000_000;

function candle(tsUs: number, close = 1) {
  return { tsUs, open: 1, high: 2, low: 0.5, close, volume: 3 };
}

function point(tsUs: number, equity = 1): EquityPoint {
  return { tsUs, equity, buyAndHold: null };
}

function order(orderId: number, isOpen: boolean): Order {
  return {
    orderId,
    tradeId: null,
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'market',
    label: 'ENTRY',
    status: isOpen ? 'ACCEPTED' : 'FILLED',
    isOpen,
    quantity: 1,
    filledQuantity: 0,
    price: null,
    averageFillPrice: null,
    createdTsUs: 0,
    updatedTsUs: 0,
    fees: 0,
    rejectReason: null,
  };
}

test('what a change does not mention keeps its identity', () => {
  const state = emptyState();
  const next = applyChanges(state, { phase: { phase: 'trading', message: '', progress: null } });
  assert.equal(next.phase.phase, 'trading');
  assert.equal(next.trades, state.trades);
  assert.equal(next.candles, state.candles);
  assert.equal(next.equity, state.equity);
  assert.equal(state.phase.phase, 'starting', 'the given state is left as it was');
});

test('items of a list are added in order of their number, replaced, and the oldest fall out', () => {
  const list = mergeList([1, 3, 5], [4, 3], (item) => item, 4);
  assert.deepEqual(list, [1, 3, 4, 5]);
  assert.deepEqual(
    mergeList(list, [9, 8], (item) => item, 4),
    [4, 5, 8, 9],
  );
  const replaced = mergeList([{ id: 1, text: 'a' }], [{ id: 1, text: 'b' }], (item) => item.id, 4);
  assert.deepEqual(replaced, [{ id: 1, text: 'b' }]);
});

test('candles are kept by symbol, one of the same moment replaces the one before, and only the newest stay', () => {
  let state = applyChanges(emptyState(), { candles: { A: [candle(1), candle(2)], B: [candle(1)] } });
  state = applyChanges(state, { candles: { A: [candle(2, 7), candle(3)] } });
  assert.deepEqual(
    state.candles.A?.map(({ close, tsUs }) => [tsUs, close]),
    [
      [1, 1],
      [2, 7],
      [3, 1],
    ],
  );
  const many = Array.from({ length: CANDLES_MAX + 50 }, (_, i) => candle(i + 10));
  state = applyChanges(state, { candles: { A: many } });
  assert.equal(state.candles.A?.length, CANDLES_MAX);
  assert.equal(state.candles.A?.at(-1)?.tsUs, CANDLES_MAX + 59);
  assert.equal(state.candles.B?.length, 1);
});

test('open orders stay while final ones fall out', () => {
  const open = [order(1, true), order(2, true)];
  const final = Array.from({ length: ORDERS_MAX + 20 }, (_, i) => order(i + 10, false));
  const { orders } = applyChanges(emptyState(), { orders: [...open, ...final] });
  assert.equal(orders.length, ORDERS_MAX);
  assert.deepEqual(
    orders.slice(0, 3).map((entry) => entry.orderId),
    [1, 2, 32],
  );
});

test('more open orders than the list takes: the newest stay', () => {
  const open = Array.from({ length: ORDERS_MAX + 5 }, (_, i) => order(i + 1, true));
  const { orders } = applyChanges(emptyState(), { orders: open });
  assert.equal(orders.length, ORDERS_MAX);
  assert.equal(orders[0]?.orderId, 6);
});

test('the equity curve covers the whole run evenly, its first and newest point stay', () => {
  let curve: EquityCurve = { spacingUs: 0, points: [] };
  const count = 20 * EQUITY_POINTS_MAX;
  for (let i = 0; i < count; i++) curve = mergeEquity(curve, [point(i * MINUTE_US, i)]);
  assert.ok(curve.points.length <= EQUITY_POINTS_MAX);
  assert.ok(
    curve.points.length > EQUITY_POINTS_MAX / 3,
    `${curve.points.length} points are enough for a curve`,
  );
  assert.equal(curve.points[0]?.tsUs, 0);
  assert.equal(curve.points.at(-1)?.equity, count - 1);
  const gaps = curve.points.slice(1).map((entry, i) => entry.tsUs - (curve.points[i]?.tsUs ?? 0));
  assert.ok(Math.max(...gaps) <= 2 * curve.spacingUs, 'no hole in the curve');
});

test('a point of the same moment replaces, an earlier one is left out', () => {
  const start: EquityCurve = { spacingUs: 0, points: [point(10, 1)] };
  assert.deepEqual(mergeEquity(start, [point(10, 2), point(5, 9)]).points, [point(10, 2)]);
});

test('changes in one piece and in many give the same curve', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 40 * EQUITY_POINTS_MAX }), { maxLength: 3 * EQUITY_POINTS_MAX }),
      fc.integer({ min: 1, max: 97 }),
      (moments, pieceLength) => {
        const points = moments.sort((a, b) => a - b).map((tsUs) => point(tsUs, tsUs));
        const empty: EquityCurve = { spacingUs: 0, points: [] };
        let pieces = empty;
        for (let i = 0; i < points.length; i += pieceLength) {
          pieces = mergeEquity(pieces, points.slice(i, i + pieceLength));
        }
        assert.deepEqual(pieces, mergeEquity(empty, points));
        assert.ok(pieces.points.length <= EQUITY_POINTS_MAX);
      },
    ),
    propertySettings(50),
  );
});

test('lists never exceed their maxima, however long a change is', () => {
  const decisions = Array.from({ length: DECISIONS_MAX * 2 }, (_, i) => ({
    decisionId: i,
    tsUs: i,
    symbol: 'A',
    strategy: 's',
    action: 'hold' as const,
    confidence: 0,
    expectedValue: 0,
    method: 'm',
    modelCount: 0,
    agreement: 0,
    uncertainty: 0,
    outcome: 'none' as const,
    quantity: 0,
    reason: null,
    reasonText: null,
    votes: [],
  }));
  assert.equal(applyChanges(emptyState(), { decisions }).decisions.length, DECISIONS_MAX);
});
