import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError } from '#core';
import type { FillEvent } from '#domain';
import { fillOf, fundingOf, threeInstruments, UNIT } from './fixture.ts';
import { Portfolio } from './portfolio.ts';
import { type Trade, tradeFigures } from './trade.ts';
import { TradeBook, type TradeChange } from './trade-book.ts';

const instruments = threeInstruments();
const START = 10_000n * UNIT;

/** An account with its trades, fed together. */
class Desk {
  readonly account = new Portfolio({ instruments, startCashAtoms: START, startUs: 0 });
  readonly trades = new TradeBook(instruments);

  fill(fill: FillEvent): TradeChange {
    const equity = this.account.equityAtoms;
    return this.trades.applyFill(fill, this.account.applyFill(fill), equity);
  }
}

test('a trade runs from flat to flat, with its notionals, fees, funding and hold time', () => {
  const desk = new Desk();
  const first = desk.fill(fillOf(0, 4, 1_000, { feeAtoms: 10n, tsUs: 100 }));
  assert.equal(first.isOpened, true);
  assert.equal(first.trade.status, 'OPEN');
  const second = desk.fill(fillOf(0, 2, 1_003, { feeAtoms: 5n, tsUs: 150 }));
  assert.equal(second.isOpened, false);
  assert.equal(desk.trades.applyFunding(fundingOf(0, -3n))?.tradeId, 1);
  const partial = desk.fill(fillOf(0, -1, 1_100, { feeAtoms: 2n, tsUs: 200 }));
  assert.equal(partial.closed, null);
  assert.equal(partial.trade.exitedLots, 1);
  const last = desk.fill(fillOf(0, -5, 1_100, { feeAtoms: 8n, tsUs: 300 }));
  const gross = (6n * 1_100n - 4n * 1_000n - 2n * 1_003n) * 10_000n;
  assert.deepEqual(last.closed, {
    tradeId: 1,
    instrumentIx: 0,
    side: 'LONG',
    status: 'CLOSED',
    entryUs: 100,
    exitUs: 300,
    qtyLotsMax: 6,
    enteredLots: 6,
    exitedLots: 6,
    entryNotionalAtoms: 6_006n * 10_000n,
    exitNotionalAtoms: 6_600n * 10_000n,
    grossAtoms: gross,
    feesAtoms: 25n,
    fundingAtoms: -3n,
    netAtoms: gross - 28n,
    maxAdverseAtoms: 0n,
    equityAtEntryAtoms: START,
  } satisfies Trade);
  assert.equal(last.trade, last.closed);
  assert.equal(desk.trades.openTrade(0), null);
  assert.deepEqual(tradeFigures(last.closed, instruments.at(0)), {
    entryTicks: 1_001,
    entryTicksRounded: 1_001,
    exitTicks: 1_100,
    netFraction: Number(gross - 28n) / Number(6_006n * 10_000n),
    maxAdverseFraction: 0,
    exposureFraction: Number(6_006n * 10_000n) / Number(START),
    holdUs: 200,
  });
});

test('an open trade has no exit yet', () => {
  const desk = new Desk();
  const { trade } = desk.fill(fillOf(0, 3, 1_000, { tsUs: 1 }));
  const figures = tradeFigures(trade, instruments.at(0));
  assert.equal(figures.exitTicks, null);
  assert.equal(figures.holdUs, null);
  assert.deepEqual(desk.trades.openTrades(), [trade]);
  assert.equal(desk.trades.openTrade(77), null);
});

test('a flip closes one trade and opens the next at the same fill; the fee parts sum exactly', () => {
  const desk = new Desk();
  desk.fill(fillOf(0, 3, 1_000, { tsUs: 1 }));
  const flip = desk.fill(fillOf(0, -10, 1_001, { feeAtoms: 101n, tsUs: 2 }));
  assert.equal(flip.isOpened, true);
  assert.equal(flip.closed?.tradeId, 1);
  assert.equal(flip.closed?.feesAtoms, 30n);
  assert.equal(flip.trade.tradeId, 2);
  assert.equal(flip.trade.side, 'SHORT');
  assert.equal(flip.trade.feesAtoms, 71n);
  assert.equal(flip.trade.qtyLotsMax, 7);
  assert.equal(flip.trade.entryUs, 2);
});

test('the adverse excursion sees marks between fills, for long and short', () => {
  for (const sign of [1, -1]) {
    const desk = new Desk();
    desk.fill(fillOf(0, sign * 2, 1_000));
    desk.trades.mark(0, 1_000 + sign * 50);
    desk.trades.mark(0, 1_000 - sign * 30);
    desk.trades.mark(0, 1_000 - sign * 10);
    assert.equal(desk.trades.openTrade(0)?.maxAdverseAtoms, 2n * 30n * 10_000n);
    desk.fill(fillOf(0, -sign, 1_000 - sign * 40));
    assert.equal(desk.trades.openTrade(0)?.maxAdverseAtoms, 2n * 40n * 10_000n);
    desk.trades.mark(0, 1_000 - sign * 45);
    const { closed } = desk.fill(fillOf(0, -sign, 1_000 + sign * 90));
    assert.equal(closed?.maxAdverseAtoms, (40n + 45n) * 10_000n);
  }
  new TradeBook(instruments).mark(0, 1);
});

test('a trade that the venue closed by force is LIQUIDATED', () => {
  const desk = new Desk();
  desk.fill(fillOf(0, 2, 1_000));
  desk.fill(fillOf(0, -1, 500, { isLiquidation: true }));
  assert.equal(desk.trades.openTrade(0)?.status, 'OPEN');
  assert.equal(desk.fill(fillOf(0, -1, 500)).closed?.status, 'LIQUIDATED');
});

test('funding before the first trade joins it; funding after the close amends the trade closed last', () => {
  const desk = new Desk();
  assert.equal(desk.trades.applyFunding(fundingOf(0, 5n)), null);
  assert.equal(desk.trades.openPnlAtoms(0n), 5n);
  assert.equal(desk.fill(fillOf(0, 1, 1_000)).trade.fundingAtoms, 5n);
  desk.fill(fillOf(0, -1, 1_000));
  assert.equal(desk.trades.closedNetAtoms, 5n);
  const amended = desk.trades.applyFunding(fundingOf(0, -2n));
  assert.equal(amended?.status, 'CLOSED');
  assert.equal(amended?.netAtoms, 3n);
  assert.equal(desk.trades.closedNetAtoms, 3n);
});

test('consecutive results count closed trades by their net P&L', () => {
  const desk = new Desk();
  const trip = (exitTicks: number): void => {
    desk.fill(fillOf(0, 1, 1_000));
    desk.fill(fillOf(0, -1, exitTicks));
  };
  trip(990);
  trip(990);
  assert.deepEqual([desk.trades.consecutiveLosses, desk.trades.consecutiveWins], [2, 0]);
  trip(1_000);
  assert.deepEqual([desk.trades.consecutiveLosses, desk.trades.consecutiveWins], [0, 0]);
  trip(1_001);
  assert.deepEqual([desk.trades.consecutiveLosses, desk.trades.consecutiveWins], [0, 1]);
  assert.equal(desk.trades.closedCount, 4);
});

test('a fill that does not fit the trade is a bug', () => {
  const desk = new Desk();
  const fill = fillOf(0, 1, 1_000);
  const outcome = desk.account.applyFill(fill);
  assert.throws(() => desk.trades.applyFill({ ...fill, instrumentIx: 9 }, outcome, START), AssertionError);
  desk.trades.applyFill(fill, outcome, START);
  assert.throws(() => desk.trades.applyFill(fill, outcome, START), AssertionError);
  assert.throws(() => desk.trades.applyFunding(fundingOf(9, 1n)), AssertionError);
  assert.throws(() => desk.trades.loadState({ open: [], last: [] }), AssertionError);
});
