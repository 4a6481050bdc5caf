import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AssertionError, US_PER_DAY } from '#core';
import { fillOf, fundingOf, threeInstruments, UNIT } from './fixture.ts';
import { Portfolio } from './portfolio.ts';
import { TradeBook } from './trade-book.ts';

const instruments = threeInstruments();
const START = 10_000n * UNIT;
const SEED = Number(process.env.SEED ?? 20240501);

function fresh(leverage = 1): Portfolio {
  return new Portfolio({ instruments, startCashAtoms: START, startUs: 0, leverage });
}

test('a round trip moves exit - entry less fees into cash, exactly', () => {
  const account = fresh();
  const opened = account.applyFill(fillOf(0, 10, 300_000, { feeAtoms: 7n }));
  assert.deepEqual(
    [opened.openedLots, opened.closedLots, opened.isFlat, opened.isFlip, opened.positionLots],
    [10, 0, false, false, 10],
  );
  account.mark(0, 301_000, 1);
  assert.equal(account.unrealisedAtoms, 10n * 1_000n * 10_000n);
  assert.equal(account.equityAtoms, START - 7n + 10n * 1_000n * 10_000n);
  const closed = account.applyFill(fillOf(0, -10, 300_500, { feeAtoms: 5n }));
  assert.equal(closed.realisedAtoms, 10n * 500n * 10_000n);
  assert.equal(closed.isFlat, true);
  assert.equal(account.cashAtoms, START + 10n * 500n * 10_000n - 12n);
  assert.equal(account.equityAtoms, account.cashAtoms);
  assert.equal(account.feesAtoms, 12n);
  account.applyFunding(fundingOf(0, -4n));
  assert.deepEqual([account.startCashAtoms, account.fundingAtoms, account.day], [START, -4n, 0]);
  assert.equal(account.grossExposureAtoms, 0n);
});

test('a partial close rounds realised P&L down and keeps the remainder in the cost, long and short', () => {
  for (const sign of [1, -1]) {
    const account = fresh();
    account.applyFill(fillOf(0, sign, 100));
    account.applyFill(fillOf(0, sign * 2, 101));
    const outcome = account.applyFill(fillOf(0, -sign, 101));
    // Cost 302 over 3 lots: a long pays 101 for the lot it sells at 101, a short got 100 for the lot it buys back at 101.
    assert.equal(outcome.realisedAtoms, sign === 1 ? 0n : -10_000n);
    assert.equal(outcome.costTickLots, sign === 1 ? 201n : -202n);
    const last = account.applyFill(fillOf(0, -sign * 2, 101));
    const total = sign === 1 ? 10_000n : -10_000n;
    assert.equal(account.realisedAtoms, total);
    assert.equal(last.realisedAtoms, total - outcome.realisedAtoms);
  }
});

test('a flip closes one side and opens the other at the same price', () => {
  const account = fresh();
  account.applyFill(fillOf(0, 4, 1_000));
  const flip = account.applyFill(fillOf(0, -10, 1_100));
  assert.deepEqual([flip.closedLots, flip.openedLots, flip.isFlip, flip.isFlat], [4, 6, true, false]);
  assert.equal(flip.positionLots, -6);
  assert.equal(flip.costTickLots, -6_600n);
  assert.equal(flip.realisedAtoms, 4n * 100n * 10_000n);
  assert.deepEqual(account.position(0).entryTicks, 1_100);
});

test('marks value each instrument; exposure and margin follow', () => {
  const account = fresh(10);
  account.applyFill(fillOf(0, 3, 1_000));
  account.applyFill(fillOf(1, -2, 2_000));
  account.applyFill(fillOf(2, 7, 3));
  account.mark(0, 1_100, 1);
  account.mark(1, 1_999, 1);
  account.mark(1, 1_999, 2);
  const btc = 3n * 1_100n * 10_000n;
  const eth = 2n * 1_999n * 100_000n;
  const doge = 7n * 3n;
  assert.equal(account.grossExposureAtoms, btc + eth + doge);
  assert.equal(account.netExposureAtoms, btc - eth + doge);
  assert.equal(account.unrealisedAtoms, 3n * 100n * 10_000n + 2n * 100_000n);
  assert.equal(account.leverageOf(0), 10);
  assert.equal(account.leverageMin, 2);
  assert.equal(account.leverageOf(2), 2, 'an instrument never gets more than its own leverage');
  assert.equal(
    account.marginUsedAtoms,
    (btc + eth) / 10n + 11n,
    '21 atoms at leverage 2 need 11: rounded up',
  );
  assert.equal(account.maintenanceMarginAtoms, ((btc + eth) * 4_000n) / 1_000_000n + 1n);
  assert.deepEqual(
    account.openPositions().map((position) => [position.instrumentIx, position.qtyLots, position.markTicks]),
    [
      [0, 3, 1_100],
      [1, -2, 1_999],
      [2, 7, 3],
    ],
  );
  assert.equal(account.position(1).unrealisedAtoms, 2n * 100_000n);
  assert.equal(account.positionLots(99), 0);
  assert.equal(account.markTicks(99), 0);
  assert.equal(account.leverageOf(99), 1);
});

test('the UTC day begins with the equity known last before midnight', () => {
  const account = fresh();
  account.applyFill(fillOf(0, 10, 1_000, { tsUs: 10 }));
  account.mark(0, 1_200, US_PER_DAY - 1);
  assert.equal(account.dayPnlAtoms, 10n * 200n * 10_000n);
  account.mark(0, 1_150, US_PER_DAY);
  assert.equal(account.dayStartEquityAtoms, START + 10n * 200n * 10_000n);
  assert.equal(account.dayPnlAtoms, -10n * 50n * 10_000n);
  account.mark(0, 1_140, US_PER_DAY + 1);
  assert.equal(
    account.dayPnlAtoms,
    -10n * 60n * 10_000n,
    'later events of the day change nothing about its start',
  );
  account.advance(3 * US_PER_DAY);
  assert.equal(account.dayPnlAtoms, 0n);
  account.advance(0);
  assert.equal(account.dayPnlAtoms, 0n, 'time never goes back');
});

test('drawdown is measured from the high-water mark', () => {
  const account = fresh();
  account.applyFill(fillOf(0, 1_000, 10_000));
  account.mark(0, 20_000, 1);
  const high = START + 1_000n * 10_000n * 10_000n;
  assert.equal(account.highWaterAtoms, high);
  account.mark(0, 15_000, 2);
  const fall = Number(1_000n * 5_000n * 10_000n) / Number(high);
  assert.equal(account.drawdown, fall);
  account.mark(0, 21_000, 3);
  assert.equal(account.drawdown, 0);
  assert.equal(account.maxDrawdown, fall);
});

test('numbers beyond the safe range of a double stay exact', () => {
  const account = fresh();
  const lots = 3_000_000_001;
  account.applyFill(fillOf(0, lots, 9_000_001));
  account.mark(0, 9_000_003, 1);
  assert.equal(account.unrealisedAtoms, BigInt(lots) * 2n * 10_000n);
  assert.equal(account.grossExposureAtoms, BigInt(lots) * 9_000_003n * 10_000n);
  account.applyFill(fillOf(0, -lots, 9_000_004));
  assert.equal(account.realisedAtoms, BigInt(lots) * 3n * 10_000n);
  assert.equal(account.equityAtoms, START + BigInt(lots) * 3n * 10_000n);
});

test('a bad fill, mark or payment is a bug, not a number', () => {
  const account = fresh();
  for (const fill of [fillOf(0, 0, 1), fillOf(0, 1, 0), fillOf(9, 1, 1), fillOf(0, 1, Number.NaN)]) {
    assert.throws(() => account.applyFill(fill), AssertionError);
  }
  assert.throws(() => account.mark(0, Number.NaN, 0), AssertionError);
  assert.throws(() => account.mark(9, 1, 0), AssertionError);
  assert.throws(() => account.applyFunding(fundingOf(-1, 1n)), AssertionError);
  assert.throws(() => account.position(9), AssertionError);
  assert.throws(() => fresh(0.5), AssertionError);
  assert.throws(() => new Portfolio({ instruments, startCashAtoms: 0n, startUs: 0 }), AssertionError);
});

/** One step of a random life. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant('fill' as const),
    ix: fc.integer({ min: 0, max: 2 }),
    lots: fc.integer({ min: -50, max: 50 }).filter((lots) => lots !== 0),
    ticks: fc.integer({ min: 1, max: 5_000 }),
    fee: fc.bigInt({ min: -1_000n, max: 1_000_000n }),
  }),
  fc.record({
    kind: fc.constant('mark' as const),
    ix: fc.integer({ min: 0, max: 2 }),
    ticks: fc.integer({ min: 1, max: 5_000 }),
  }),
  fc.record({
    kind: fc.constant('funding' as const),
    ix: fc.integer({ min: 0, max: 2 }),
    amount: fc.bigInt({ min: -1_000_000n, max: 1_000_000n }),
  }),
);

test('closed net + open P&L = change of equity, against an independent sum of cash flows', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const account = fresh(3);
      const trades = new TradeBook(instruments);
      const flow = [0n, 0n, 0n];
      const lots = [0, 0, 0];
      let other = 0n;
      let closedNet = 0n;
      steps.forEach((item, index) => {
        const perTickLot = BigInt(instruments.at(item.ix).atomsPerTickLot);
        if (item.kind === 'fill') {
          const fill = fillOf(item.ix, item.lots, item.ticks, { feeAtoms: item.fee, tsUs: index });
          const equityBefore = account.equityAtoms;
          const change = trades.applyFill(fill, account.applyFill(fill), equityBefore);
          if (change.closed !== null) closedNet += change.closed.netAtoms;
          flow[item.ix] = flow[item.ix]! - BigInt(item.lots) * BigInt(item.ticks) * perTickLot;
          lots[item.ix] = lots[item.ix]! + item.lots;
          other -= item.fee;
        } else if (item.kind === 'mark') {
          account.mark(item.ix, item.ticks, index);
          trades.mark(item.ix, item.ticks);
        } else {
          account.applyFunding(fundingOf(item.ix, item.amount, index));
          const trade = trades.applyFunding(fundingOf(item.ix, item.amount, index));
          if (trade !== null && trade.status !== 'OPEN') closedNet += item.amount;
          other += item.amount;
        }
        const value = [0, 1, 2].reduce(
          (sum, ix) =>
            sum +
            flow[ix]! +
            BigInt(lots[ix]! * account.markTicks(ix)) * BigInt(instruments.at(ix).atomsPerTickLot),
          other,
        );
        assert.equal(account.equityAtoms - START, value);
        assert.equal(account.equityAtoms, account.cashAtoms + account.unrealisedAtoms);
        assert.equal(trades.closedNetAtoms, closedNet);
        assert.equal(
          trades.closedNetAtoms + trades.openPnlAtoms(account.unrealisedAtoms),
          account.equityAtoms - START,
        );
        assert.equal(
          account.grossExposureAtoms,
          account.openPositions().reduce((sum, position) => sum + position.notionalAtoms, 0n),
        );
        assert.equal(
          account.openPositions().reduce((sum, position) => sum + position.unrealisedAtoms, 0n),
          account.unrealisedAtoms,
        );
      });
    }),
    { seed: SEED, numRuns: 150 },
  );
});

test('a loaded portfolio and trade book continue bit for bit as the saved ones', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 60 }), fc.nat(), (steps, at) => {
      const cut = at % steps.length;
      const live: [Portfolio, TradeBook] = [fresh(), new TradeBook(instruments)];
      let copy: [Portfolio, TradeBook] | undefined;
      steps.forEach((item, index) => {
        if (index === cut) {
          const states = structuredClone([live[0].saveState(), live[1].saveState()]);
          copy = [fresh(), new TradeBook(instruments)];
          copy[0].loadState(states[0]);
          copy[1].loadState(states[1]);
        }
        const results = [live, copy].map((pair) => {
          if (pair === undefined) return undefined;
          const [account, trades] = pair;
          if (item.kind === 'mark') {
            trades.mark(item.ix, item.ticks);
            return account.mark(item.ix, item.ticks, index * US_PER_DAY);
          }
          if (item.kind === 'funding') {
            const payment = fundingOf(item.ix, item.amount, index * US_PER_DAY);
            account.applyFunding(payment);
            return trades.applyFunding(payment);
          }
          const fill = fillOf(item.ix, item.lots, item.ticks, { feeAtoms: item.fee, tsUs: index });
          const equity = account.equityAtoms;
          const outcome = account.applyFill(fill);
          return [outcome, trades.applyFill(fill, outcome, equity)];
        });
        if (copy === undefined) return;
        assert.deepEqual(results[1], results[0]);
        assert.deepEqual(copy[0].snapshot(), live[0].snapshot());
        assert.deepEqual(copy[0].saveState(), live[0].saveState());
        assert.deepEqual(copy[1].saveState(), live[1].saveState());
      });
    }),
    { seed: SEED, numRuns: 60 },
  );
});

test('a checkpoint of another table or with a broken sum is refused', () => {
  const account = fresh();
  account.applyFill(fillOf(0, 1, 1_000));
  const state = account.saveState() as Record<string, unknown>;
  assert.throws(() => fresh().loadState({ ...state, cash: 1n }), AssertionError);
  assert.throws(() => fresh().loadState({ ...state, lots: new Float64Array(1) }), AssertionError);
  assert.throws(() => fresh().loadState({ ...state, cost: [0n] }), AssertionError);
  assert.throws(() => fresh().loadState(null), AssertionError);
});

test('money that no event told of is booked: a transfer moves what results are measured from, anything else is a result', () => {
  const account = fresh();
  account.applyFill(fillOf(0, 10, 300_000, { feeAtoms: 7n }));
  const before = { dayPnl: account.dayPnlAtoms, fall: account.highWaterAtoms - account.equityAtoms };
  account.applyAdjustment(-400n * UNIT, 2, true);
  assert.equal(account.cashAtoms, START - 7n - 400n * UNIT);
  assert.deepEqual(
    [account.dayPnlAtoms, account.highWaterAtoms - account.equityAtoms],
    [before.dayPnl, before.fall],
  );
  account.applyAdjustment(-5n, 3, false);
  assert.equal(account.dayPnlAtoms, before.dayPnl - 5n);
  assert.deepEqual([account.adjustmentsAtoms, account.transfersAtoms], [-400n * UNIT - 5n, -400n * UNIT]);
  const later = fresh();
  later.loadState(structuredClone(account.saveState()));
  assert.deepEqual(later.snapshot(), account.snapshot());
  assert.deepEqual([later.adjustmentsAtoms, later.transfersAtoms], [-400n * UNIT - 5n, -400n * UNIT]);
  assert.equal(account.maxDrawdown < 0.001, true, 'money that left is no fall');
});
